# An alert from outside without severity, or with info, is watched and opens nothing

--- story
00:00  post alertname=Watchdog for 2h
       post alertname=BackupDone severity=info for 2h
01:00  nobody is told
       counted watched 2
