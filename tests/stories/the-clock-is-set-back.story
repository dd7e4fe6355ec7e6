# The clock is set back: time does not follow it, and nothing is told twice or late

--- story
03:00  host db-7
       fire filesystem-space on db-7 warning mountpoint=/var
03:01  clock back 1h
03:02  tell desk open #1
       clear filesystem-space on db-7 mountpoint=/var
03:07  tell desk resolve #1
