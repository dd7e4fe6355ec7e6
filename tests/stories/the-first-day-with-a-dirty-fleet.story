# The first day: the collector only observes, decides and shows everything, and sends nothing; going live tells what still holds

--- collector.toml (added)
[deliver]
mode = "observe"

--- collector.toml (added) (later)
[deliver]
mode = "live"

--- story
09:00  host db-7
       host db-8
       fire filesystem-space on db-7 mountpoint=/var
       fire unit-failed on db-8 unit=nginx.service
12:00  nobody is told
       incident #1 pending P2 held observe
       explain #1 "this collector only observes; nothing is sent"
       clear unit-failed on db-8 unit=nginx.service
       counted suppressed observe 1
15:00  reload later
       tell desk open #1 "db-7"
15:10  clear filesystem-space on db-7 mountpoint=/var
15:15  tell desk resolve #1
