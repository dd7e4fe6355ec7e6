# The ticket system is away for two hours: afterwards each ticket reads as if it had been there, and what changed is one line

--- story
20:00  host db-7
       host db-8
       receiver desk away
       fire filesystem-space on db-7 warning mountpoint=/var
20:30  fire filesystem-space on db-7 critical mountpoint=/var
20:40  fire filesystem-space on db-7 warning mountpoint=/var
20:50  fire filesystem-space on db-7 critical mountpoint=/var
       silent db-8
21:00  returns db-8
22:00  nobody is told
       receiver desk back
       tell desk open #1 "[P4]"
       tell desk open #2 "db-8"
       tell desk resolve #2
       tell desk update #1 "[P2]" "Severity critical instead of warning"
22:30  clear filesystem-space on db-7 mountpoint=/var
22:35  tell desk resolve #1
