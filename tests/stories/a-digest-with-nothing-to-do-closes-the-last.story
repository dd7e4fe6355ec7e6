# A site has its digests when it wants them, and closes the one of which nothing is left to do at the next day's look
begins 2026-03-05 09:00 Europe/Vienna

--- collector.toml (added)
[site]
zone   = "Europe/Vienna"
digest = "Fri 14:00"

--- story
09:00  host lap-3 workstation
       fire unit-failed on lap-3 warning unit=cups.service
+1d 14:00  tell desk open #2 "1 host with unit-failed; 1 new"
       clear unit-failed on lap-3 unit=cups.service
17:00  nobody is told
+1d 14:05  tell desk resolve #2
