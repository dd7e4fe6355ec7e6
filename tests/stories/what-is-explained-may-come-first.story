# It makes no difference which of the two is posted first, and both may end at once (Alertmanager: AlwaysInhibiting)

--- inhibitions.toml
[[inhibition]]
name   = "a job that is down explains its instances"
source = ['alertname="JobDown"']
target = ['alertname="InstanceDown"']
equal  = ["job", "zone"]
why    = "whoever mends the job mends its instances"

--- story
00:00:00  post alertname=InstanceDown job=web zone=a instance=i1 severity=critical for 2h
       incident #1 pending held settling
00:00:20  post alertname=JobDown job=web zone=a severity=critical for 2h
       tell desk open #2 "JobDown"
00:10:00  nobody is told
       end alertname=JobDown job=web zone=a severity=critical
       tell desk resolve #2
       end alertname=InstanceDown job=web zone=a instance=i1 severity=critical
00:20:00  nobody is told
       counted suppressed inhibited 1
