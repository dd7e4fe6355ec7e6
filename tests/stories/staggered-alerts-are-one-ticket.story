# Alerts that come one after another join one ticket; the ticket hears of them in bundles (Alertmanager: Batching)

--- collector.toml (added)
[[route]]
name = "prometheus by cluster"
match = ['cluster=~".+"']
ticket_per = ["cluster", "alertname"]

--- story
00:00  post alertname=PodCrash cluster=k1 pod=a severity=critical for 2h
       tell desk open #1
00:01  post alertname=PodCrash cluster=k1 pod=b severity=critical for 2h
       post alertname=PodCrash cluster=k1 pod=c severity=critical for 2h
00:02  tell desk update #1 "3 alerts instead of 1"
00:05  post alertname=PodCrash cluster=k1 pod=d severity=critical for 2h
00:06  post alertname=PodCrash cluster=k1 pod=e severity=critical for 2h
00:16  nobody is told
00:17  tell desk update #1 "5 alerts instead of 3"
00:20  post alertname=PodCrash cluster=k2 pod=a severity=critical for 2h
       tell desk open #2
00:30  end alertname=PodCrash cluster=k1 pod=a severity=critical
       end alertname=PodCrash cluster=k1 pod=b severity=critical
       end alertname=PodCrash cluster=k1 pod=c severity=critical
       end alertname=PodCrash cluster=k1 pod=d severity=critical
       nobody is told
       end alertname=PodCrash cluster=k1 pod=e severity=critical
       tell desk resolve #1
       end alertname=PodCrash cluster=k2 pod=a severity=critical
       tell desk resolve #2
