# A drill goes the whole way, pages nobody and closes at once

--- story
00:00  host db-7
       fire filesystem-space on db-7 drill mountpoint=/var
       tell desk open #1
       explain #1 "DRILL"
00:01  clear filesystem-space on db-7 drill mountpoint=/var
       tell desk resolve #1
