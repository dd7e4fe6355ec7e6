# An alert from outside that its sender no longer repeats ends, and the ticket says whose word is missing (Alertmanager: Resolved)

--- story
00:00  post alertname=DiskFull instance=db-7 severity=critical for 5m
       tell desk open #1
00:03  post alertname=DiskFull instance=db-7 severity=critical for 5m
00:07  incident #1 open
00:08  tell desk resolve #1
       timeline #1 "no longer reported by prometheus"
