# A ticket changes hands: the other team owns it, the reason stands in it, and it stays the one ticket

--- story
09:00  host db-7
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
09:10  assign #1 to linux refused "say why"
09:11  assign #1 to linux "logrotate is theirs"
       tell desk update #1 "Owner team linux instead of it-ops"
       incident #1 open team linux
       timeline #1 "logrotate is theirs"
09:20  assign #1 to ops2 by ops2
       tell desk update #1 "It is ops2's now"
10:00  clear filesystem-space on db-7 mountpoint=/var
10:05  tell desk resolve #1
