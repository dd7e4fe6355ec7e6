# A rule that is tried out as a shadow decides and is shown, and opens nothing until it is made real

--- rules/tried.toml
[[rule]]
name     = "queue-long"
component = "service"
shadow   = true
handling = { server = "ticket", workstation = "watch" }
on       = 'event("reboot")'
warning  = 'count("1h") >= 1.0'
for      = "0s"
warning_clear = 'count("1h") < 1.0'
title    = "the queue is long"
means    = "Mail waits."
first    = ["mailq"]

--- rules/tried.toml (later)
[[rule]]
name     = "queue-long"
component = "service"
handling = { server = "ticket", workstation = "watch" }
on       = 'event("reboot")'
warning  = 'count("1h") >= 1.0'
for      = "0s"
warning_clear = 'count("1h") < 1.0'
title    = "the queue is long"
means    = "Mail waits."
first    = ["mailq"]

--- story
09:00  host mail-1
       host mail-2
       fire queue-long on mail-1 warning
09:30  nobody is told
       incident #1 pending held shadow
       explain #1 "its rule is a shadow, which is shown but opens nothing"
       fire unit-failed on mail-1 warning unit=postfix.service
09:32  tell desk open #2 "[P4] mail-1"
10:00  clear queue-long on mail-1
       counted suppressed shadow 1
       nobody is told
11:00  fire queue-long on mail-2 warning
12:00  nobody is told
       incident #3 pending held shadow
       reload later
12:02  tell desk open #3 "[P4] mail-2"
12:30  clear queue-long on mail-2
12:35  tell desk resolve #3
13:00  clear unit-failed on mail-1 unit=postfix.service
13:05  tell desk resolve #2
