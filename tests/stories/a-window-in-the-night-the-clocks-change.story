# 01:00 stays 01:00 in the night in which clocks change, and four hours are four hours
begins 2026-03-28 22:00 Europe/Vienna

--- windows.toml
[[window]]
name   = "sunday works"
match  = ['host="db-7"']
rrule  = "FREQ=WEEKLY;BYDAY=SU;BYHOUR=1;BYMINUTE=0"
length = "4h"
why    = "CHG0012345"
owner  = "it-ops"

--- story
22:00  host db-7
01:30  fire filesystem-space on db-7 mountpoint=/var
05:59  nobody is told
       incident #1 pending held window
06:00  tell desk open #1
06:10  clear filesystem-space on db-7 mountpoint=/var
06:15  tell desk resolve #1
+7d 01:30  fire filesystem-space on db-7 mountpoint=/var
04:59  nobody is told
05:00  tell desk open #2
05:10  clear filesystem-space on db-7 mountpoint=/var
05:15  tell desk resolve #2
