# A restart of the collector is no event: what was open stays open, what waits keeps its time

--- story
00:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
00:10  fire memory-available on db-7 warning
00:11  collector stops
01:00  collector starts
       incident #1 open
       incident #2 pending
       nobody is told
01:02  tell desk open #2
01:10  clear filesystem-space on db-7 mountpoint=/var
       clear memory-available on db-7
01:15  tell desk resolve #1
       tell desk resolve #2
