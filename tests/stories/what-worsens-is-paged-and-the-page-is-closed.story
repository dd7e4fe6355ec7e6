# A P4 on Sunday at 03:00 wakes nobody; when it becomes critical somebody is paged, and hears that it is over
begins 2026-03-08 02:00 Europe/Vienna

--- collector.toml (added)
[[route]]
name = "what is critical wakes somebody"
match = ['severity="critical"', 'component="storage"']
handling = "page"

--- story
02:00  host db-7
03:00  fire filesystem-space on db-7 warning mountpoint=/var
03:02  tell desk open #1 "[P4]"
04:30  nobody is told
       fire filesystem-space on db-7 critical mountpoint=/var
       tell oncall open #1 "[P2]"
       tell desk update #1 "Severity critical"
05:00  clear filesystem-space on db-7 mountpoint=/var
05:05  tell desk resolve #1
       tell oncall resolve #1
