# More begins within a minute than anybody can look at: one ticket, and what is urgent and unrelated beside it

--- collector.toml (added)
[rollup]
storm_per_minute = 12

--- story
10:00  host n-01..20 site=hq
       host shop-1 tier=1
10:05:00  fire unit-failed on n-01..04 warning unit=a.service "a.service has failed"
          fire unit-failed on n-05..08 warning unit=b.service "b.service has failed"
10:05:20  fire unit-failed on n-09..12 warning unit=c.service "c.service has failed"
          nobody is told
10:05:40  fire unit-failed on n-13 warning unit=d.service "d.service has failed"
          incident #13 pending members 13 "Storm on 13 hosts (first: n-01: a.service has failed)"
          explain #13 "storm"
10:06  fire filesystem-space on shop-1 mountpoint=/var
       tell desk open #14 "[P1] shop-1"
10:07:40  tell desk open #13 "13 places, first n-01"
