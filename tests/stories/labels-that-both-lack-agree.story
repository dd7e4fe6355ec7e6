# A label that neither alert has agrees, and an alert never explains itself (Alertmanager: EmptyInhibitionRule)

--- inhibitions.toml
[[inhibition]]
name   = "no power explains everything"
source = ['alertname="PowerLost"']
target = ['severity="critical"']
equal  = ["room"]
why    = "whoever restores the power looks after the rest"

--- story
00:00  post alertname=PowerLost severity=critical for 2h
00:01  tell desk open #1 "PowerLost"
       post alertname=DiskFull severity=critical for 2h
       post alertname=RaidBroken room=b severity=critical for 2h
00:02  tell desk open #3 "RaidBroken"
       incident #2 pending held inhibited
       end alertname=DiskFull severity=critical
       end alertname=PowerLost severity=critical
       tell desk resolve #1
       end alertname=RaidBroken room=b severity=critical
       tell desk resolve #3
