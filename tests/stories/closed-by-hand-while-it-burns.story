# A ticket that is closed while it still burns is opened again after a quarter of an hour, and says so; the second time within a day its lead is told

--- collector.toml
[[team]]
name = "it-ops"
ticket = "desk"
lead = ["lead"]

[[receiver]]
name = "desk"
profile = "generic"
url = "http://127.0.0.1:9721/desk"

[[receiver]]
name = "lead"
profile = "generic"
url = "http://127.0.0.1:9721/lead"

[[route]]
name = "everything"
match = []

--- story
09:30  host db-7
       fire unit-failed on db-7 unit=exim4.service
       tell desk open #1
10:10  closes #1 by junior
       incident #1 resolved firing 1
       explain #1 "by junior"
10:24  nobody is told
10:25  tell desk reopen #1 "junior closed the ticket, and it still fires."
       incident #1 open
11:00  closes #1 by junior
11:15  tell desk reopen #1 "for the second time within a day"
       tell lead open #1
14:00  clear unit-failed on db-7 unit=exim4.service
14:05  tell desk resolve #1
       tell lead resolve #1
       closes #1 by junior
       incident #1 resolved
