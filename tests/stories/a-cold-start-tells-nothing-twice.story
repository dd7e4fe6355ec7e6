# After a start of the collector, what senders repeat is known already: nothing is told twice (Alertmanager: ColdStart)

--- story
00:00  post alertname=DiskFull instance=db-7 severity=critical for 5m
       tell desk open #1
00:04  collector stops
02:00  collector starts
       incident #1 open
02:01  post alertname=DiskFull instance=db-7 severity=critical for 5m
       counted repeated 1
02:05  nobody is told
02:06  tell desk resolve #1
       timeline #1 "no longer reported by prometheus"
