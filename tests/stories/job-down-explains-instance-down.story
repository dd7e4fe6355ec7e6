# JobDown explains InstanceDown of the same job and zone; when it is over, what still holds is told (Alertmanager: Inhibiting)

--- inhibitions.toml
[[inhibition]]
name   = "a job that is down explains its instances"
source = ['alertname="JobDown"']
target = ['alertname="InstanceDown"']
equal  = ["job", "zone"]
why    = "whoever mends the job mends its instances"

--- story
00:00  post alertname=JobDown job=web zone=a severity=critical for 2h
       tell desk open #1
00:01  post alertname=InstanceDown job=web zone=a instance=i1 severity=critical for 2h
       post alertname=InstanceDown job=web zone=b instance=i2 severity=critical for 2h
       incident #2 pending held inhibited
       explain #2 "a job that is down explains its instances"
00:02  tell desk open #3
00:30  end alertname=JobDown job=web zone=a severity=critical
       tell desk resolve #1
00:31  tell desk open #2
       end alertname=InstanceDown job=web zone=a instance=i1 severity=critical
       tell desk resolve #2
       end alertname=InstanceDown job=web zone=b instance=i2 severity=critical
       tell desk resolve #3
