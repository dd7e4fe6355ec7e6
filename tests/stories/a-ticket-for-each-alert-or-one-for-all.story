# What makes one ticket is a setting of the route: a label, each alert its own, or all in one

--- collector.toml (added)
[[route]]
name = "each backup its own"
match = ['alertname="BackupFailed"']
ticket_per = "alert"

[[route]]
name = "certificates by certificate"
match = ['alertname="CertificateExpires"']
ticket_per = ["certificate"]

[[route]]
name = "all of the laboratory in one"
match = ['site="lab"']
ticket_per = "route"

--- story
00:00  post alertname=BackupFailed job=a severity=critical for 2h
       tell desk open #1
       post alertname=BackupFailed job=b severity=critical for 2h
       tell desk open #2
       post alertname=CertificateExpires certificate=4711 instance=web-1 severity=critical for 2h
       tell desk open #3
       post alertname=CertificateExpires certificate=4711 instance=web-2 severity=critical for 2h
       post alertname=CertificateExpires certificate=4711 instance=web-3 severity=critical for 2h
       post alertname=DiskFull site=lab instance=l1 severity=critical for 2h
       tell desk open #4
       post alertname=FanBroken site=lab instance=l2 severity=critical for 2h
       incident #3 members 3
       incident #4 members 2
00:02  tell desk update #3 "3 alerts instead of 1"
       tell desk update #4 "2 alerts instead of 1"
00:10  end alertname=BackupFailed job=a severity=critical
       tell desk resolve #1
       end alertname=BackupFailed job=b severity=critical
       tell desk resolve #2
       end alertname=CertificateExpires certificate=4711 instance=web-1 severity=critical
       end alertname=CertificateExpires certificate=4711 instance=web-2 severity=critical
       end alertname=CertificateExpires certificate=4711 instance=web-3 severity=critical
       tell desk resolve #3
       end alertname=DiskFull site=lab instance=l1 severity=critical
       end alertname=FanBroken site=lab instance=l2 severity=critical
       tell desk resolve #4
