# A silence until all is clear ends a minute after the last alert it matches, and what comes next is told

--- story
09:00  host db-7
       fire filesystem-space on db-7 warning mountpoint=/var
       fire memory-available on db-7 warning
09:01  silence host="db-7" until-clear by ops2 "moving the database"
09:30  nobody is told
10:00  clear filesystem-space on db-7 mountpoint=/var
10:05  incident #2 pending held silence
11:00  clear memory-available on db-7
11:01:30  timeline everything "nothing that it matches fires any more"
12:00  fire filesystem-space on db-7 warning mountpoint=/var
12:02  tell desk open #3
12:30  nobody is told
