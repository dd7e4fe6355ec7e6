# Somebody takes it: the ticket says so at once, and closes when it is well

--- story
09:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
09:09  take #1 by ops1
       tell desk acknowledge #1
       incident #1 acknowledged
       explain #1 "ops1 took it at Mon 09:09" "ops1 works on it"
09:40  clear filesystem-space on db-7 mountpoint=/var
09:45  tell desk resolve #1
