# A ticket that was open before a silence is closed under it (alertmanager 226)

--- story
00:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
00:10  silence host="db-7" for 8h
00:20  clear filesystem-space on db-7 mountpoint=/var
00:25  tell desk resolve #1
08:30  nobody is told
