# The part arrives early; a wait ends when somebody says so, and when it is well

--- story
09:00  host nas-1
       fire filesystem-read-only on nas-1 mountpoint=/srv
       tell desk open #1
09:30  wait #1 on parts for 5d by ops1
       tell desk update #1 "waits for parts"
+1d 11:00  resume #1 by ops1 "the disk is here"
       tell desk update #1 "no longer waits for parts"
       timeline #1 "Nobody waits any more: ops1 said so (the disk is here)"
12:00  wait #1 on user for 1d by ops1
       tell desk update #1 "waits for user"
13:00  clear filesystem-read-only on nas-1 mountpoint=/srv
       incident #1 resolving
13:05  tell desk resolve #1
       timeline #1 "Nobody waits any more: all its alerts are clear"
