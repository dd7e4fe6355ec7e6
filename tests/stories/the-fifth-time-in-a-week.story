# What comes every night says so: the fifth time in a week

--- story
02:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
02:10  clear filesystem-space on db-7 mountpoint=/var
02:15  tell desk resolve #1
02:00  fire filesystem-space on db-7 mountpoint=/var
       tell desk open #2 "second time in a day"
02:10  clear filesystem-space on db-7 mountpoint=/var
02:15  tell desk resolve #2
02:00  fire filesystem-space on db-7 mountpoint=/var
       tell desk open #3
02:10  clear filesystem-space on db-7 mountpoint=/var
02:15  tell desk resolve #3
02:00  fire filesystem-space on db-7 mountpoint=/var
       tell desk open #4
02:10  clear filesystem-space on db-7 mountpoint=/var
02:15  tell desk resolve #4
02:00  fire filesystem-space on db-7 mountpoint=/var
       tell desk open #5 "fifth time in 7 days" "(after #4)"
02:10  clear filesystem-space on db-7 mountpoint=/var
02:15  tell desk resolve #5
