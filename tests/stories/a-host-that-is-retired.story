# A machine that is deleted is retired by whoever deletes it: its ticket closes, and nobody misses it; what reports all the same is a finding

--- story
09:00  host vm-1..2
       goodbye vm-1 power-off
09:20  fire host-did-not-return on vm-1
       tell desk open #1
09:30  retire vm-9 "deleted by change" refused "no host is called"
       retire vm-1 refused "say why"
       retire vm-1 "deleted, CHG0012" by ops2
       incident #1 resolving
       timeline #1 "ops2 retired the host"
09:35  tell desk resolve #1
       fire host-silent on vm-1
       fire filesystem-space on vm-1 mountpoint=/var
12:00  nobody is told
       timeline everything "ops2 retired"
13:00  returns vm-1 rebooted
       timeline everything "revive it, or switch it off"
14:00  revive vm-1 "it is needed after all"
       revive vm-2 "it never went" refused "is not retired"
14:05  fire filesystem-space on vm-1 mountpoint=/var
       tell desk open #2
