# Where the ticket's owner closes it, a ticket that somebody took is told that it is well, and another is closed

--- collector.toml
[[team]]
name = "it-ops"
ticket = "desk"

[[person]]
name = "ops1"
team = "it-ops"

[[receiver]]
name = "desk"
profile = "generic"
url = "http://127.0.0.1:9721/desk"
on_clear = "resolve-unless-owned"

[[route]]
name = "everything"
match = []

--- story
00:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
       fire memory-available on db-7
       tell desk open #2
00:05  take #1 by ops1
       tell desk acknowledge #1
00:10  clear filesystem-space on db-7 mountpoint=/var
       clear memory-available on db-7
00:15  tell desk update #1
       tell desk resolve #2
       incident #1 resolved
