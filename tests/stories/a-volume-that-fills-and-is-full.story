# A volume that was going to be full is full: however much later, it is the ticket that said so

--- story
00:00  host db-7
       fire filesystem-filling on db-7 warning mountpoint=/srv
00:02  tell desk open #1 "[P4] db-7"
00:38  fire filesystem-space on db-7 mountpoint=/srv
       tell desk update #1 "2 alerts instead of 1"
       incident #1 open P2 members 2 firing 2
       explain #1 "filesystem-space"
03:00  clear filesystem-space on db-7 mountpoint=/srv
       clear filesystem-filling on db-7 mountpoint=/srv
03:05  tell desk resolve #1
