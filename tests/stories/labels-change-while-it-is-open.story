# A host moves to another site and team while its ticket is open: the ticket stays where it is, the next one goes to the new team

--- story
00:00  host db-7 site=hq
       fire filesystem-space on db-7 warning mountpoint=/var
00:02  tell desk open #1
00:10  host db-7 site=graz team=linux
       fire filesystem-space on db-7 warning mountpoint=/var
       incident #1 open team it-ops members 1
       nobody is told
00:20  clear filesystem-space on db-7 mountpoint=/var
00:25  tell desk resolve #1
08:00  fire filesystem-space on db-7 critical mountpoint=/var
       tell linux-desk open #2
08:10  clear filesystem-space on db-7 mountpoint=/var
08:15  tell linux-desk resolve #2
