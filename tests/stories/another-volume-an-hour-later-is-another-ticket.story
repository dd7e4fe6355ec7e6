# Another volume of the same host that is full an hour later is another fault, and so is another component

--- story
00:00  host db-7
       fire filesystem-filling on db-7 warning mountpoint=/srv
00:02  tell desk open #1
01:00  fire filesystem-space on db-7 mountpoint=/home
       tell desk open #2
02:00  fire memory-available on db-7
       tell desk open #3
       incident #1 members 1
02:30  clear filesystem-filling on db-7 mountpoint=/srv
02:35  tell desk resolve #1
02:40  fire filesystem-space on db-7 mountpoint=/srv
       tell desk open #4
       explain #4 "Incident 2 was the one before it"
