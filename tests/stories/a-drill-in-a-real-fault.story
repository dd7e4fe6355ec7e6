# A drill beside a real fault touches nothing of it: neither its ticket nor its silence nor its counts

--- story
00:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
       fire filesystem-space on db-7 drill mountpoint=/var
       tell desk open #2 "DRILL"
       incident #1 open members 1
00:01  clear filesystem-space on db-7 drill mountpoint=/var
       tell desk resolve #2 "DRILL"
       counted opened 1
00:10  clear filesystem-space on db-7 mountpoint=/var
00:15  tell desk resolve #1
