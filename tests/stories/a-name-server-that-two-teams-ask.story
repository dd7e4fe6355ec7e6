# A name server that dies is one ticket of its owner, whoever owns the hosts that ask it; one host that cannot reach it has a fault of its own

--- topology.csv
name,kind,site,parent,team,service,tier
10.1.0.53,name-server,hq,,linux,,

--- story
10:00  host web-1..4
       host db-1..4 team=linux
11:00  fire resolver-down on web-1 warning server=10.1.0.53 answer=none
11:02  tell desk open #1 "web-1"
11:05  clear resolver-down on web-1 server=10.1.0.53 answer=none
11:10  tell desk resolve #1
16:00  fire resolver-down on web-1,web-2,web-3,db-1 warning server=10.1.0.53 answer=none
16:00:20  fire resolver-down on db-2,web-4,db-3,db-4 warning server=10.1.0.53 answer=none
       incident #6 team linux
16:02:20  tell linux-desk open #6 "8 places"
       incident #6 open members 8 team linux
16:50  clear resolver-down on web-1..4 server=10.1.0.53 answer=none
       clear resolver-down on db-1..4 server=10.1.0.53 answer=none
16:55  tell linux-desk resolve #6
