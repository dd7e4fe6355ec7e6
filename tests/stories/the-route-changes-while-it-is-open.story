# The routes change while a ticket is open: it stays where it was opened and is closed there; the next goes the new way

--- collector.toml (added)
[[route]]
name = "old"
match = ['host="db-7"']
ticket = "desk"

--- collector.toml (added) (later)
[[route]]
name = "new"
match = ['host="db-7"']
ticket = "linux-desk"

--- story
00:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
00:10  reload later
       nobody is told
00:20  clear filesystem-space on db-7 mountpoint=/var
00:25  tell desk resolve #1
08:00  fire filesystem-space on db-7 mountpoint=/var
       tell linux-desk open #2
08:10  clear filesystem-space on db-7 mountpoint=/var
08:15  tell linux-desk resolve #2
