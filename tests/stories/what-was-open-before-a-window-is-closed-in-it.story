# A ticket that was open before a window is closed in it, and worsening in it pages nobody

--- collector.toml (added)
[[route]]
name = "what is critical wakes somebody"
match = ['severity="critical"']
handling = "page"

--- story
20:00  host db-7
       fire filesystem-space on db-7 warning mountpoint=/var
20:02  tell desk open #1
20:30  window move host="db-7" for 2h "move to the new rack, CHG78"
21:00  fire filesystem-space on db-7 critical mountpoint=/var
       tell desk update #1 "Severity critical"
21:30  clear filesystem-space on db-7 mountpoint=/var
21:35  tell desk resolve #1
23:00  nobody is told
