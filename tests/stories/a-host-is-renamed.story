# A host that gets another name keeps its ticket: the machine is the same

--- story
00:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1 "db-7"
00:10  host db-7 named erp-db-1
       fire filesystem-space on db-7 mountpoint=/var
       incident #1 open members 1
00:20  clear filesystem-space on db-7 mountpoint=/var
00:25  tell desk resolve #1 "erp-db-1"
