# A planned reboot with a hold: nobody is told while it is away, and its services may take their time

--- story
20:00  host db-7
       hold db-7 for 30m "kernel update, CHG77"
20:02  goodbye db-7 reboot
20:06  returns db-7 rebooted kernel=6.2
       fire unit-failed on db-7 warning unit=postgresql.service "postgresql.service has failed"
       why db-7 "CHG77"
20:10  clear unit-failed on db-7 unit=postgresql.service
20:31  nobody is told
       counted suppressed hold 1
