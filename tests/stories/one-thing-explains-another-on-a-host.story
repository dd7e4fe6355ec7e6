# A rule that depends on another of the same host opens nothing while that one fires

--- rules/mine.toml
[[rule]]
name       = "queries-slow"
component  = "service"
handling   = { server = "ticket", workstation = "watch" }
on         = 'check("queries")'
critical   = 'value >= 1.5'
for        = "0s"
critical_clear = 'value < 1.5'
title      = "queries take longer than a second"
means      = "Whoever uses the database waits."
first      = ["top"]
depends_on = ["memory-available"]

--- story
00:00  host db-7
       host db-8
       fire queries-slow on db-7
00:00:10  fire memory-available on db-7
       tell desk open #2
       fire queries-slow on db-8
00:00:40  tell desk open #3 "db-8"
       incident #1 pending held depends_on
       explain #1 "memory-available"
00:10  clear memory-available on db-7
00:10:30  tell desk open #1 "db-7"
00:15  tell desk resolve #2
00:20  clear queries-slow on db-7
       clear queries-slow on db-8
00:25  tell desk resolve #1
       tell desk resolve #3
