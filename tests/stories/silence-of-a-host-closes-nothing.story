# Absence is not health: the full disk of a host that fell silent stays open until it is seen to be well

--- story
00:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
01:00  silent db-7
01:01  tell desk open #2 "silent"
05:00  incident #1 open firing 1
05:10  returns db-7
05:15  tell desk resolve #2
       incident #1 open firing 1
05:20  clear filesystem-space on db-7 mountpoint=/var
05:25  tell desk resolve #1
