# A receiver that closes its own tickets gets a comment when it is well (Alertmanager: ResolvedFilter)

--- collector.toml
[[team]]
name = "it-ops"
ticket = "desk"

[[receiver]]
name = "desk"
profile = "generic"
url = "http://127.0.0.1:9721/desk"
on_clear = "comment"

[[route]]
name = "everything"
match = []

--- story
00:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
00:10  clear filesystem-space on db-7 mountpoint=/var
00:15  tell desk update #1
       incident #1 resolved
