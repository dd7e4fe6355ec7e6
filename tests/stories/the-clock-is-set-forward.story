# The clock is set two hours forward: delays keep what they had left, a silence ends by the clock

--- story
00:00  host db-7
       host db-8
       silence host="db-8" for 1h "deploy CHG77"
       fire filesystem-space on db-8 mountpoint=/var
       fire filesystem-space on db-7 warning mountpoint=/var
00:01  clock forward 2h
       tell desk open #1 "db-8"
       incident #2 pending
02:01:59  nobody is told
02:02  tell desk open #2
02:10  clear filesystem-space on db-7 mountpoint=/var
       clear filesystem-space on db-8 mountpoint=/var
02:15  tell desk resolve #1
       tell desk resolve #2
