# What comes back within four hours reopens its ticket; later it is a new one

--- story
00:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
00:10  clear filesystem-space on db-7 mountpoint=/var
00:15  tell desk resolve #1
03:00  fire filesystem-space on db-7 mountpoint=/var
       tell desk reopen #1
03:10  clear filesystem-space on db-7 mountpoint=/var
03:15  tell desk resolve #1
09:00  fire filesystem-space on db-7 mountpoint=/var
       tell desk open #2
09:10  clear filesystem-space on db-7 mountpoint=/var
09:15  tell desk resolve #2
