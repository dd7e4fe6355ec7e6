# Each signal ends as exactly one thing, and all of them are counted

--- story
09:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
       fire filesystem-space on db-7 mountpoint=/srv
       fire filesystem-space on db-7 mountpoint=/srv
       fire filesystem-space on db-7 warning mountpoint=/srv
       silence component="memory" for 1h "being tested"
       fire memory-available on db-7
       clear memory-available on db-7
       fire load on db-7
09:02  tell desk update #1 "2 alerts instead of 1"
09:10  clear filesystem-space on db-7 mountpoint=/var
       clear filesystem-space on db-7 mountpoint=/srv
       clear filesystem-space on db-7 mountpoint=/home
       counted opened 1
       counted joined 1
       counted repeated 2
       counted updated 1
       counted resolved 3
       counted suppressed silence 1
       counted watched 1
       counted transient 0
09:15  tell desk resolve #1
