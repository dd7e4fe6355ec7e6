# A comment is a sign of life: whoever writes into the ticket need not say again that he works on it

--- story
09:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
09:10  ack #1 by ops1
       tell desk acknowledge #1
12:00  note #1 by ops1 "moving the old logs away"
       tell desk note #1 "ops1: moving the old logs away"
15:59  incident #1 acknowledged
16:00  incident #1 open
       tell desk update #1 "no longer works on it"
16:30  clear filesystem-space on db-7 mountpoint=/var
16:35  tell desk resolve #1
