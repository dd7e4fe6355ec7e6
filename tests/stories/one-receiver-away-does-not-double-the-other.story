# While one of two receivers is away the other is told once, and the one hears everything in order later (Alertmanager: Retry)

--- collector.toml (added)
[[receiver]]
name = "chat"
profile = "generic"
url = "http://127.0.0.1:9721/chat"

[[route]]
name = "databases are told to the chat as well"
match = ['host=~"db-.*"']
notify = ["chat"]

--- story
00:00  host db-7
       receiver chat away
       fire filesystem-space on db-7 warning mountpoint=/var
00:02  tell desk open #1
01:00  fire filesystem-space on db-7 critical mountpoint=/var
       tell desk update #1 "Severity critical"
02:00  clear filesystem-space on db-7 mountpoint=/var
02:05  tell desk resolve #1
03:00  nobody is told
       receiver chat back
       tell chat open #1 "[P4]"
       tell chat resolve #1 "Severity critical instead of warning"
