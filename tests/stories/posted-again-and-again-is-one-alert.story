# Prometheus repeats an alert every minute: one ticket, told once (Alertmanager: MergeAlerts, Repeat)

--- story
00:00  post alertname=DiskFull instance=db-7 severity=critical for 5m
       tell desk open #1 "DiskFull"
00:01  post alertname=DiskFull instance=db-7 severity=critical for 5m
00:02  post alertname=DiskFull instance=db-7 severity=critical for 5m
00:03  post alertname=DiskFull instance=db-7 severity=critical for 5m
       incident #1 open members 1
       counted repeated 3
00:04  end alertname=DiskFull instance=db-7 severity=critical
       tell desk resolve #1
00:30  end alertname=DiskFull instance=db-7 severity=critical
       nobody is told
