# The collector is away for 90 seconds: nobody is called silent for it, and what waited goes on waiting

--- story
12:00  host db-7
       host db-8
       fire filesystem-space on db-7 warning mountpoint=/var
12:01  goodbye db-8 reboot
       collector stops
12:02:30  collector starts
       incident #1 pending
12:03:29  nobody is told
12:03:30  tell desk open #1
       timeline #1 "The collector was down for 90 s; what waited goes on waiting"
12:05  returns db-8 rebooted
12:10  clear filesystem-space on db-7 mountpoint=/var
12:15  tell desk resolve #1
