# Closed by hand while it burns: nothing is told again while it only goes on, and a new failure is told

--- story
09:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
09:10  resolve #1 by ops1 "I clean it up now"
       tell desk resolve #1
       explain #1 "by ops1, who wrote: I clean it up now"
09:30  clear filesystem-space on db-7 mountpoint=/var
09:50  nobody is told
10:00  fire filesystem-space on db-7 mountpoint=/var
       tell desk reopen #1
10:10  clear filesystem-space on db-7 mountpoint=/var
10:15  tell desk resolve #1
