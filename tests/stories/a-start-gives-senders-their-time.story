# Nobody could repeat an alert while the collector was down: it gets its whole time again

--- story
00:00  post alertname=DiskFull instance=db-7 severity=critical for 5m
       tell desk open #1
00:04  collector stops
02:00  collector starts
02:04  incident #1 open
02:05  tell desk resolve #1
       timeline #1 "no longer reported by prometheus"
