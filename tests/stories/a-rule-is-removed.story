# A rule that is removed ends its alerts, and says that this is why; one that is renamed takes its ticket along

--- rules/mine.toml
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

--- rules/other.toml
[[rule]]
name     = "queue-old"
component = "network"
handling = { server = "ticket", workstation = "watch" }
on       = 'event("reboot")'
warning  = 'count("1h") >= 1.0'
for      = "0s"
warning_clear = 'count("1h") < 1.0'
title    = "the queue is old"
means    = "Mail waits."
first    = ["mailq"]

--- rules/other.toml (later)
[[rule]]
name     = "mail-waits"
was      = "queue-old"
component = "network"
handling = { server = "ticket", workstation = "watch" }
on       = 'event("reboot")'
warning  = 'count("1h") >= 1.0'
for      = "0s"
warning_clear = 'count("1h") < 1.0'
title    = "the queue is old"
means    = "Mail waits."
first    = ["mailq"]

--- rules/mine.toml (later)

--- story
00:00  host mail-1
       fire queue-long on mail-1
       tell desk open #1
       fire queue-old on mail-1
       tell desk open #2
00:10  reload later
       incident #1 resolving
       timeline #1 "its rule was removed"
       timeline #2 "Rule queue-old is called mail-waits now"
       fire mail-waits on mail-1
00:15  tell desk resolve #1
00:20  clear mail-waits on mail-1
00:25  tell desk resolve #2
