# The auditor's question: who silenced this, why, until when, and what did it hide?

--- story
09:00  host db-7
       host db-8
       silence host=~"db-.*" for 2h by ops2 "deploy CHG77"
09:30  fire filesystem-space on db-7 mountpoint=/var "/var is 96 % full"
       fire unit-failed on db-8 unit=nginx.service "nginx.service has failed"
10:00  explain #1 "/var is 96 % full" "ops2" "Mon 11:00" "deploy CHG77"
       explain #2 "nginx.service has failed" "ops2" "deploy CHG77"
       why db-8 "ops2" "deploy CHG77"
10:30  clear filesystem-space on db-7 mountpoint=/var
       clear unit-failed on db-8 unit=nginx.service
11:30  timeline everything "ops2 set silence s1 until Mon 11:00"
       timeline #1 "Nobody is told: silence s1 of ops2 mutes it until Mon 11:00 (deploy CHG77)" "it cleared while it was suppressed"
       counted suppressed silence 2
