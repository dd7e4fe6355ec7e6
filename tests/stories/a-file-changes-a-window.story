# A window that a file no longer names is over with the reload, and what it hid is told
begins 2026-03-10 21:00 Europe/Vienna

--- windows.toml
[[window]]
name   = "patch night"
match  = ['patchgroup="A"']
rrule  = "FREQ=WEEKLY;BYDAY=TU;BYHOUR=22;BYMINUTE=0"
length = "4h"
why    = "CHG0012345"
owner  = "it-ops"

--- windows.toml (later)

--- story
21:00  host srv-1 patchgroup=A
22:10  fire filesystem-space on srv-1 mountpoint=/var
23:00  nobody is told
       reload later
       tell desk open #1
23:10  clear filesystem-space on srv-1 mountpoint=/var
23:15  tell desk resolve #1
