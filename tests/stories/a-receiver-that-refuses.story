# A receiver that will never take a ticket is told no more of it; the others are

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
       receiver chat refuses
       fire filesystem-space on db-7 warning mountpoint=/var
00:02  tell desk open #1
       tell chat open #1
       explain #1 "Ticket at chat: refused for good" "Ticket at desk"
       receiver chat back
01:00  fire filesystem-space on db-7 critical mountpoint=/var
       tell desk update #1
02:00  clear filesystem-space on db-7 mountpoint=/var
02:05  tell desk resolve #1
