# A clone that reports as another machine is a ticket that names both

--- story
00:00  host db-7
       fire host-cloned on db-7 warning boot=6f1d name=db-8 "another machine reports as this one: a clone of db-7, calling itself db-8"
00:02  tell desk open #1 "calling itself db-8"
02:00  clear host-cloned on db-7 boot=6f1d name=db-8
02:05  tell desk resolve #1
