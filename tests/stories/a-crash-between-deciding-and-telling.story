# What was decided and not yet told when the collector crashed is told once, in order, after the start

--- story
00:00  host db-7
       receiver desk away
       fire filesystem-space on db-7 warning mountpoint=/var
00:02  incident #1 open
       explain #1 "its open is on the way"
       collector stops
00:03  collector starts
       fire filesystem-space on db-7 critical mountpoint=/var
       nobody is told
       receiver desk back
       tell desk open #1
       tell desk update #1 "Severity critical instead of warning"
00:10  clear filesystem-space on db-7 mountpoint=/var
00:15  tell desk resolve #1
