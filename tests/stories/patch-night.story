# Patch night of 180 servers: two do not come back, one returns on the old kernel, three units fail; one ticket says so at the end
begins 2026-03-10 21:00 Europe/Vienna

--- windows.toml
[[window]]
name   = "patch night, group A"
match  = ['patchgroup="A"']
rrule  = "FREQ=MONTHLY;BYDAY=2TU;BYHOUR=22;BYMINUTE=0"
length = "4h"
why    = "CHG0012345"
owner  = "it-ops"
report = true

--- story
21:00  host srv-001..180 patchgroup=A kernel=6.1
       fire filesystem-space on srv-009 mountpoint=/var
       tell desk open #1
22:10  goodbye srv-001..180 reboot
22:20  returns srv-001..177 kernel=6.2
       returns srv-178 rebooted
22:21  fire unit-failed on srv-003,srv-004,srv-005 warning unit=nginx.service "nginx.service has failed"
22:30  overdue srv-179 srv-180
23:00  clear unit-failed on srv-005 unit=nginx.service
       clear filesystem-space on srv-009 mountpoint=/var
23:05  tell desk resolve #1
01:59  nobody is told
02:00  tell desk open #7 "of 180 hosts 175 are well" "2 not back" "1 still on the old kernel" "Not back: srv-179, srv-180." "srv-178 (6.1)" "unit-failed, not before: srv-003, srv-004."
02:30  returns srv-179 kernel=6.2
       returns srv-180 kernel=6.2
       clear unit-failed on srv-003,srv-004 unit=nginx.service
       host srv-178 patchgroup=A kernel=6.2
02:40  tell desk resolve #7
