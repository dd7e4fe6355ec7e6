# An event that comes out of a backlog hours later opens a ticket that is less urgent when it is over by now

--- story
10:00  host db-7
       host db-8
       fire oom-kill on db-7 critical late over "the kernel killed java for want of memory"
       incident #1 P3
10:02  tell desk open #1 "[P3]"
       explain #1 "told late and over by now"
       fire oom-kill on db-8 critical late "the kernel killed java for want of memory"
       tell desk open #2 "[P2]"
10:30  clear oom-kill on db-7
       clear oom-kill on db-8
10:35  tell desk resolve #1
       tell desk resolve #2
