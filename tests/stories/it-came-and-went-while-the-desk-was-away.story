# What came and went several times while the ticket system was away is one ticket that says so

--- story
20:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
20:10  receiver desk away
       note #1 by ops1 "somebody looks at it"
       clear filesystem-space on db-7 mountpoint=/var
20:30  fire filesystem-space on db-7 mountpoint=/var
       incident #1 open
20:40  clear filesystem-space on db-7 mountpoint=/var
21:00  nobody is told
       receiver desk back
       tell desk note #1 "somebody looks at it"
       tell desk update #1 "It came and went once more"
       tell desk resolve #1
