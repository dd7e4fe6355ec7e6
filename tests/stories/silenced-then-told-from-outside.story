# A silence on labels of an alert from outside; it is told when the silence is over, and not when it ended before (Alertmanager: Silencing)

--- story
00:00  silence alertname="DiskFull" for 30m "known, CHG81"
00:01  post alertname=DiskFull instance=db-7 severity=critical for 2h
       post alertname=DiskFull instance=db-8 severity=critical for 2h
00:20  end alertname=DiskFull instance=db-8 severity=critical
00:29  nobody is told
00:30  tell desk open #1 "DiskFull"
00:40  end alertname=DiskFull instance=db-7 severity=critical
       tell desk resolve #1
