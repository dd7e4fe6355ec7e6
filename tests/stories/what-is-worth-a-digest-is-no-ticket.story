# A failed unit on a laptop waits for the digest; a read-only file system there is a ticket

--- story
09:00  host lap-3 workstation
       fire unit-failed on lap-3 warning unit=cups.service
10:00  nobody is told
       incident #1 pending held not_a_ticket
       explain #1 "it is worth less than a ticket of its own"
       fire filesystem-read-only on lap-3 critical mountpoint=/
10:02  tell desk open #2 "[P4] lap-3"
11:00  clear unit-failed on lap-3 unit=cups.service
       clear filesystem-read-only on lap-3 mountpoint=/
11:05  tell desk resolve #2
       counted suppressed not_a_ticket 1
