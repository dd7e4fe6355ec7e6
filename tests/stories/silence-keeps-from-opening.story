# A silence keeps a ticket from opening, and never from closing

--- story
00:00  host db-7
       host db-8
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1 "[P2] db-7"
00:01  silence host=~"db-.*" for 2h by ops2 "deploy CHG77"
00:02  fire filesystem-space on db-8 mountpoint=/var
00:10  incident #2 pending held silence
       nobody is told
00:20  clear filesystem-space on db-7 mountpoint=/var
00:26  tell desk resolve #1
       incident #1 resolved
02:02  tell desk open #2 "db-8"
