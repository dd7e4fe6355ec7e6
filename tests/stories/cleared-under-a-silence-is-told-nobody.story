# What is over before its silence ends is told to nobody, and counted as hidden by it

--- story
00:00  host db-7
       silence host="db-7" for 2h by ops2 "deploy CHG77"
00:10  fire filesystem-space on db-7 mountpoint=/var
00:30  clear filesystem-space on db-7 mountpoint=/var
       incident #1 closed
03:00  nobody is told
       counted suppressed silence 1
       explain #1 "it cleared while it was suppressed"
