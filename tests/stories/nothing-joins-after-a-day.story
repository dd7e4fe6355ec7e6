# A ticket that grows for a day grows no more: what comes then is its successor, and what fires stays where it is

--- collector.toml (added)
[timers]
join_gap     = "10m"
join_at_most = "30m"

--- story
00:00  host db-7
       fire filesystem-space on db-7 mountpoint=/a
       tell desk open #1
00:09  fire filesystem-space on db-7 mountpoint=/b
       tell desk update #1
00:18  fire filesystem-space on db-7 mountpoint=/c
00:24  tell desk update #1 "3 alerts instead of 2"
00:27  fire filesystem-space on db-7 mountpoint=/d
00:31  fire filesystem-space on db-7 mountpoint=/e
       tell desk open #2
       incident #1 members 4 firing 4
       incident #2 members 1
01:00  clear filesystem-space on db-7 mountpoint=/e
01:05  tell desk resolve #2
01:10  fire filesystem-space on db-7 mountpoint=/e
       tell desk reopen #2
01:20  clear filesystem-space on db-7 mountpoint=/a
       clear filesystem-space on db-7 mountpoint=/b
       clear filesystem-space on db-7 mountpoint=/c
       clear filesystem-space on db-7 mountpoint=/d
       clear filesystem-space on db-7 mountpoint=/e
01:25  tell desk resolve #1
       tell desk resolve #2
