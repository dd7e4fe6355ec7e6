# Silences keep the time by the clock on the wall: until 06:00 is 06:00, also in the night that has one hour less
begins 2026-03-28 22:00 Europe/Vienna

--- story
22:00  host db-7
       silence host="db-7" for 7h "network works, CHG79"
23:00  fire filesystem-space on db-7 mountpoint=/var
05:59  nobody is told
06:00  tell desk open #1
06:10  clear filesystem-space on db-7 mountpoint=/var
06:15  tell desk resolve #1
