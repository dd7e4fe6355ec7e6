# An hour later it is another ticket of the same host; it names the one before

--- story
00:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
00:09  fire filesystem-space on db-7 mountpoint=/srv
       incident #1 open members 2
       tell desk update #1 "2 alerts instead of 1"
01:00  fire filesystem-space on db-7 mountpoint=/home
       tell desk open #2
       explain #2 "Incident 1 was the one before it"
       incident #1 open members 2 firing 2
02:00  clear filesystem-space on db-7 mountpoint=/var
       clear filesystem-space on db-7 mountpoint=/srv
       clear filesystem-space on db-7 mountpoint=/home
02:05  tell desk resolve #1
       tell desk resolve #2
