# A reload leaves open tickets and running delays as they are; what begins later follows it (Alertmanager: Reload)

--- collector.toml (added)
[timers]
close_delay = "5m"

--- collector.toml (added) (later)
[timers]
close_delay = "20m"

--- story
00:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
       fire memory-available on db-7 warning
00:01  reload later
       nobody is told
00:02  tell desk open #2
00:10  clear filesystem-space on db-7 mountpoint=/var
       clear memory-available on db-7
00:29  nobody is told
00:30  tell desk resolve #1
       tell desk resolve #2
