# Whoever goes back to observing gets no new tickets, and those that are open are closed when it is well

--- collector.toml (added)
[deliver]
mode = "live"

--- collector.toml (added) (later)
[deliver]
mode = "observe"

--- story
09:00  host db-7
       host db-8
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
09:10  reload later
       fire filesystem-space on db-8 mountpoint=/var
09:20  clear filesystem-space on db-7 mountpoint=/var
09:25  tell desk resolve #1
12:00  nobody is told
