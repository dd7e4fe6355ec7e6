# What fires and clears while the ticket system is away is opened and closed there, in order

--- story
00:00  host db-7
       receiver desk away
       fire filesystem-space on db-7 mountpoint=/var
00:10  clear filesystem-space on db-7 mountpoint=/var
00:30  incident #1 resolved
02:00  nobody is told
       receiver desk back
       tell desk open #1
       tell desk resolve #1
