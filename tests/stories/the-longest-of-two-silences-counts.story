# Under two silences it stays quiet until the later one ends

--- story
00:00  host db-7 site=graz
       silence host="db-7" for 1h "deploy CHG77"
       silence site="graz" for 3h "power works, CHG80"
00:10  fire filesystem-space on db-7 mountpoint=/var
       explain #1 "power works, CHG80"
02:00  nobody is told
03:00  tell desk open #1
03:05  clear filesystem-space on db-7 mountpoint=/var
03:10  tell desk resolve #1
