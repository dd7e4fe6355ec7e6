# What is over before its open delay is over is told to nobody, and counted

--- story
00:00  host db-7
       fire filesystem-space on db-7 warning mountpoint=/var
00:01  incident #1 pending P4
       clear filesystem-space on db-7 mountpoint=/var
       incident #1 closed
00:30  nobody is told
       counted transient 1
