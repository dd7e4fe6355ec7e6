# What is worth doing and no ticket of its own is one ticket on Monday at half past seven; the next one says what changed
begins 2026-03-05 09:00 Europe/Vienna

--- story
09:00  host lap-3 workstation
       host lap-4 workstation
       fire unit-failed on lap-3 warning unit=cups.service
       fire unit-failed on lap-4 warning unit=cups.service
10:00  explain #1 "it stands in the digest of team it-ops at"
+4d 07:29  nobody is told
07:30  tell desk open #3 "[P4]" "2 hosts with unit-failed; 2 new" "+ lap-3"
       incident #3 open P4 team it-ops
       explain #3 "waits for the next one, which takes its place"
+1d 10:00  clear unit-failed on lap-3 unit=cups.service
       nobody is told
+6d 07:30  tell desk resolve #3 "goes on in #4"
       tell desk open #4 "1 host with unit-failed; 1 still, 1 gone"
08:00  clear unit-failed on lap-4 unit=cups.service
+7d 07:35  tell desk resolve #4
