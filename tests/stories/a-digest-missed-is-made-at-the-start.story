# A collector that was down on Monday morning makes the digest when it starts, and makes it once
begins 2026-03-06 09:00 Europe/Vienna

--- story
09:00  host lap-3 workstation
       fire unit-failed on lap-3 warning unit=cups.service
+2d 22:00  collector stops
11:00  collector starts
       tell desk open #2 "1 host with unit-failed; 1 new"
+6d 23:00  nobody is told
