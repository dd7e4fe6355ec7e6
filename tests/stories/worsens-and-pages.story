# A warning that becomes critical is told at once

--- story
00:00  host db-7
       fire filesystem-space on db-7 warning mountpoint=/var "/var is 91 % full"
00:02  tell desk open #1 "[P4]"
01:00  fire filesystem-space on db-7 critical mountpoint=/var "/var is 96 % full"
       tell desk update #1 "[P2]" "Severity critical instead of warning"
       incident #1 open P2
02:00  clear filesystem-space on db-7 mountpoint=/var
02:05  tell desk resolve #1
