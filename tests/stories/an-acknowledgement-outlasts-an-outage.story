# A night in which the collector was down does not eat the hours that somebody said he works on it

--- story
20:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
20:10  ack #1 by ops1
       tell desk acknowledge #1
21:10  collector stops
06:00  collector starts
       incident #1 acknowledged
08:59  nobody is told
09:00  tell desk update #1 "ops1 no longer works on it"
09:10  clear filesystem-space on db-7 mountpoint=/var
09:15  tell desk resolve #1
