# What becomes worse is nobody's any more: the acknowledgement was for a warning

--- story
09:00  host db-7
       fire filesystem-space on db-7 warning mountpoint=/var
09:02  tell desk open #1 "[P4]"
09:10  ack #1 by ops1
       tell desk acknowledge #1
10:00  fire filesystem-space on db-7 critical mountpoint=/var
       tell desk update #1 "Severity critical instead of warning" "ops1 no longer works on it"
       incident #1 open P2
       timeline #1 "It became worse, so nobody counts as working on it"
10:10  fire filesystem-space on db-7 warning mountpoint=/var
10:25  tell desk update #1 "Severity warning instead of critical"
10:30  ack #1 by ops1
       tell desk acknowledge #1
10:40  fire filesystem-space on db-7 critical mountpoint=/var
       incident #1 acknowledged
       tell desk update #1 "Severity critical"
10:50  clear filesystem-space on db-7 mountpoint=/var
10:55  tell desk resolve #1
