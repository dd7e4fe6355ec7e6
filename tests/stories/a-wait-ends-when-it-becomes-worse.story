# Waiting for the user ends when it becomes critical

--- story
09:00  host db-7
       fire filesystem-space on db-7 warning mountpoint=/home
09:02  tell desk open #1
09:30  wait #1 on user for 3d by ops1
       tell desk update #1 "waits for user"
14:00  fire filesystem-space on db-7 critical mountpoint=/home
       tell desk update #1 "Severity critical" "no longer waits for user"
       incident #1 open P2
15:00  clear filesystem-space on db-7 mountpoint=/home
15:05  tell desk resolve #1
