# The night shift hands over: what somebody works on and what waits is said with a name; the next one takes it

--- story
22:00  host db-7
       host nas-1
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
       fire filesystem-read-only on nas-1 mountpoint=/srv
       tell desk open #2
22:10  take #1 by ops1 for 10h
       tell desk acknowledge #1
22:30  wait #2 on vendor for 1d by ops1
       tell desk update #2 "waits for vendor"
05:50  note #1 by ops1 "old dumps are moved away, 40 % done; it goes on until eight"
       tell desk note #1 "40 % done"
06:00  explain #1 "ops1 took it" "ops1 works on it"
       explain #2 "ops1 waits for vendor"
       take #1 by ops2
       tell desk acknowledge #1
       tell desk update #1 "Owner team linux instead of it-ops"
       explain #1 "ops2 took it at Tue 06:00"
       assign #2 to ops2 by ops1 "I go home"
       tell desk update #2 "It is ops2's now"
       incident #2 waiting
08:00  clear filesystem-space on db-7 mountpoint=/var
       clear filesystem-read-only on nas-1 mountpoint=/srv
08:05  tell desk resolve #1
       tell desk resolve #2
