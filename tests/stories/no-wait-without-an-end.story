# Nobody can wait for longer than a month, or for what nobody was told of

--- story
09:00  host db-7
       fire filesystem-space on db-7 warning mountpoint=/home
       wait #1 on user for 1d refused "nobody has been told of it yet"
09:02  tell desk open #1
       wait #1 on user for 31d refused "30 days ahead at most"
       ack #1 for 31d refused "at most 30 days"
10:00  clear filesystem-space on db-7 mountpoint=/home
10:05  tell desk resolve #1
       ack #1 refused "resolved already"
