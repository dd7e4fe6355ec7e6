# Half an hour before a silence ends it says what still fires, in the ticket that is open

--- story
09:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
09:05  silence host="db-7" for 2h by ops2 "new disk ordered"
10:35  tell desk note #1 "The silence of ops2 ends in 30 minutes, and it still fires (new disk ordered)."
11:05  nobody is told
12:00  clear filesystem-space on db-7 mountpoint=/var
12:05  tell desk resolve #1
