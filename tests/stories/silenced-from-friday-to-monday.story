# A silence from Friday to Monday: what came and went at the weekend is nobody's concern, what is left is a ticket on Monday
begins 2026-03-06 16:00 Europe/Vienna

--- story
16:00  host db-7
       host nas-1
       silence host=~"db-7|nas-1" for 64h by ops2 "move to the new rack, CHG78"
20:00  fire filesystem-space on db-7 mountpoint=/var
+1d 09:00  clear filesystem-space on db-7 mountpoint=/var
18:00  silent nas-1
+2d 07:59  nobody is told
       incident #2 pending held silence
08:00  tell desk open #2 "nas-1"
08:30  returns nas-1
08:35  tell desk resolve #2
