# What a person says of its urgency stands, until it becomes worse than it was

--- story
09:00  host db-7
       fire filesystem-space on db-7 warning mountpoint=/var
09:02  tell desk open #1 "[P4]"
09:10  priority #1 P3 refused "say why"
       priority #1 P1 by ops2 "payroll runs tonight"
       tell desk update #1 "[P1]" "Priority P1 instead of P4"
       explain #1 "It is P1, says ops2" "payroll runs tonight"
10:00  fire filesystem-space on db-7 critical mountpoint=/var
       tell desk update #1 "[P2]" "Severity critical"
       timeline #1 "It became worse, so its priority is what is computed again"
11:00  clear filesystem-space on db-7 mountpoint=/var
11:05  tell desk resolve #1
