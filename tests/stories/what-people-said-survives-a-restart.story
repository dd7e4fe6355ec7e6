# A restart forgets nothing that people said: silence, acknowledgement, wait, priority, owner

--- story
09:00  host db-7
       host db-8
       host nas-1
       silence host="db-8" for 3h by ops2 "deploy CHG77"
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
       fire filesystem-read-only on nas-1 mountpoint=/srv
       tell desk open #2
09:05  take #1 by ops1 for 8h
       tell desk acknowledge #1
       priority #1 P3 by ops1 "half a day is left"
       tell desk update #1 "[P3]"
       wait #2 on vendor for 1d by ops1
       tell desk update #2 "waits for vendor"
09:10  collector stops
09:12  collector starts
       incident #1 acknowledged P3
       incident #2 waiting
       fire filesystem-space on db-8 mountpoint=/var
11:59  nobody is told
       incident #3 pending held silence
12:00  tell desk open #3 "db-8"
12:10  clear filesystem-space on db-7 mountpoint=/var
       clear filesystem-space on db-8 mountpoint=/var
       clear filesystem-read-only on nas-1 mountpoint=/srv
12:15  tell desk resolve #1
       tell desk resolve #2
       tell desk resolve #3
