# Fired, ended and fired again within four hours is the same ticket, opened again

--- story
00:00  post alertname=DiskFull instance=db-7 severity=critical for 5m
       tell desk open #1
00:02  end alertname=DiskFull instance=db-7 severity=critical
       tell desk resolve #1
01:00  post alertname=DiskFull instance=db-7 severity=critical for 5m
       tell desk reopen #1
01:02  end alertname=DiskFull instance=db-7 severity=critical
       tell desk resolve #1
