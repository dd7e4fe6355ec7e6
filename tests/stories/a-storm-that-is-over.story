# Five quiet minutes end a storm: what still fires has tickets of its own that name the storm's

--- collector.toml (added)
[rollup]
storm_per_minute = 12

--- story
10:00  host n-01..20 site=hq
10:05  fire unit-failed on n-01..04 warning unit=a.service "a.service has failed"
       fire unit-failed on n-05..08 warning unit=b.service "b.service has failed"
       fire unit-failed on n-09..12 warning unit=c.service "c.service has failed"
       fire unit-failed on n-13 warning unit=d.service "d.service has failed"
10:07  tell desk open #13 "13 places, first n-01"
10:09  clear unit-failed on n-01..04 unit=a.service
       clear unit-failed on n-05..08 unit=b.service
       clear unit-failed on n-09..12 unit=c.service
10:11  tell desk update #13 "Priority P4 instead of P3"
10:12  tell desk resolve #13
10:14  tell desk open #14 "[P4] n-13: d.service has failed" "(part of #13)"
10:30  clear unit-failed on n-13 unit=d.service
10:35  tell desk resolve #14
