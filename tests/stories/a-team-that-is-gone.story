# A team is dissolved while it owns a ticket: the first team owns it from now on, and the ticket says so

--- collector.toml
[[team]]
name = "it-ops"
ticket = "desk"

[[team]]
name = "web"
ticket = "desk"

[[receiver]]
name = "desk"
profile = "generic"
url = "http://127.0.0.1:9721/desk"

[[route]]
name = "everything"
match = []

--- collector.toml (later)
[[team]]
name = "it-ops"
ticket = "desk"

[[receiver]]
name = "desk"
profile = "generic"
url = "http://127.0.0.1:9721/desk"

[[route]]
name = "everything"
match = []

--- story
00:00  host web-1 team=web
       fire filesystem-space on web-1 mountpoint=/var
       tell desk open #1
       incident #1 team web
00:10  reload later
       incident #1 open team it-ops
       tell desk update #1 "Owner team it-ops instead of web"
00:20  clear filesystem-space on web-1 mountpoint=/var
00:25  tell desk resolve #1
