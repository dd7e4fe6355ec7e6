# One team goes live before the others: what holds is told, as a list where it is much, and what has cleared never is

--- collector.toml (added)
[deliver]
mode = "observe"

--- story
09:00  host web-01..30
       host app-01..02 team=linux
       fire unit-failed on app-01 team=linux unit=ntp.service
09:05  fire unit-failed on web-01 warning unit=cron.service
09:10  clear unit-failed on web-01 unit=cron.service
10:00  fire unit-failed on web-02 warning unit=a.service
11:00  fire filesystem-inodes on web-03 warning mountpoint=/srv
12:00  fire memory-available on web-04 warning
13:00  fire unit-failed on web-05 warning unit=b.service
14:00  fire filesystem-space on web-06 warning mountpoint=/var
       fire filesystem-space on web-07 mountpoint=/ "/ is 99 % full"
14:10  nobody is told
       incident #1 pending held observe
       golive team linux by ops2
       tell linux-desk open #1 "app-01"
       timeline everything "By ops2, team linux goes live"
       nobody is told
15:00  golive
       tell desk open #9 "Found before going live" "5 alerts" "2 hosts with unit-failed"
       tell desk open #8 "99 % full"
       explain #9 "what held already when its team went live"
       nobody is told
15:30  golive back rule filesystem-inodes "it is not tuned yet"
       fire filesystem-inodes on web-09 warning mountpoint=/srv
       fire unit-failed on web-10 unit=c.service
       tell desk open #11 "web-10"
16:00  incident #10 pending held observe
       explain #10 "neither its rule nor its team is live"
