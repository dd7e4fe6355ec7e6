# A silence of one file system does not hide the other one of the same host

--- story
00:00  host db-7
       silence host="db-7" mountpoint="/backup" for 24h "meant to be full"
00:05  fire filesystem-space on db-7 mountpoint=/backup
00:10  nobody is told
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
       incident #1 open members 2 "(and 1 more)"
00:20  clear filesystem-space on db-7 mountpoint=/var
       clear filesystem-space on db-7 mountpoint=/backup
00:25  tell desk resolve #1
