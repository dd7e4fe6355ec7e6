# Two full file systems of one host are one ticket; its memory is another

--- story
00:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       fire filesystem-space on db-7 mountpoint=/srv
       fire memory-available on db-7
00:01  tell desk open #1
       tell desk open #2
       incident #1 open members 2 firing 2
       incident #2 open members 1
00:05  tell desk update #1 "2 alerts instead of 1"
00:10  clear filesystem-space on db-7 mountpoint=/var
00:30  incident #1 open firing 1
00:40  clear filesystem-space on db-7 mountpoint=/srv
       clear memory-available on db-7
00:45  tell desk resolve #1
       tell desk resolve #2
