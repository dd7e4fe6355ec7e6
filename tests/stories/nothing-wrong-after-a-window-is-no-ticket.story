# A window after which all is as it was makes no ticket
begins 2026-03-10 21:00 Europe/Vienna

--- windows.toml
[[window]]
name   = "patch night, group A"
match  = ['patchgroup="A"']
rrule  = "FREQ=WEEKLY;BYDAY=TU;BYHOUR=22;BYMINUTE=0"
length = "2h"
why    = "CHG0012345"
owner  = "it-ops"
report = true

--- story
21:00  host srv-1..3 patchgroup=A
       host db-7
22:05  goodbye srv-1..3 reboot
22:10  returns srv-1..3 kernel=6.2
       fire unit-failed on srv-2 unit=ntp.service
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #2 "db-7"
22:20  clear unit-failed on srv-2 unit=ntp.service
       clear filesystem-space on db-7 mountpoint=/var
22:25  tell desk resolve #2
03:00  nobody is told
       counted suppressed window 1
