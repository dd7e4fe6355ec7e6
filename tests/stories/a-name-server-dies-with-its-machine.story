# A name server that is listed with the machine it runs on is explained when that machine dies: one ticket, the machine's

--- topology.csv
name,kind,site,parent,team,service,tier
10.1.0.53,name-server,hq,ns-1,linux,,

--- hosts.csv
name,site,team,service,tier,parent,notes
ns-1,hq,linux,,,,

--- story
10:00  host ns-1 team=linux
       host web-1..6
16:00  dies ns-1
16:00:45  fire resolver-down on web-1,web-2,web-3,web-4,web-5,web-6 warning server=10.1.0.53 answer=none
16:01:30  silent ns-1
16:02  tell linux-desk open #7 "ns-1"
16:40  nobody is told
       explain #2 "ns-1, which it needs, has failed"
16:50  returns ns-1 rebooted
16:51  clear resolver-down on web-1..6 server=10.1.0.53 answer=none
16:55  tell linux-desk resolve #7
