# Whoever said "I work on it" and was never heard of again works on it no more after four hours

--- story
09:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
09:10  ack #1 by ops1
       tell desk acknowledge #1
13:09  incident #1 acknowledged
13:10  incident #1 open
       tell desk update #1 "ops1 no longer works on it"
13:30  clear filesystem-space on db-7 mountpoint=/var
13:35  tell desk resolve #1
