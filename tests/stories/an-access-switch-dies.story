# An access switch dies: the devices and servers behind it are not heard of, and one ticket names them

--- topology.csv
name,kind,site,parent,team,service,tier
sw-hq-1,switch,hq,,it-ops,,
ap-17,ap,hq,sw-hq-1,it-ops,,

--- hosts.csv
name,site,team,service,tier,parent,notes
nas-1,hq,,,,sw-hq-1,

--- story
10:00  host mon-1
       host mon-2
       host nas-1
       looks mon-1,mon-2 at sw-hq-1,ap-17 with ping icmp
10:09:20  dies nas-1
       dies device sw-hq-1 ap-17
10:10  fire check-failing on device ap-17 seen by mon-1,mon-2 check=ping
10:10:20  fire check-failing on device sw-hq-1 seen by mon-1 check=ping
       fire check-failing on device sw-hq-1 seen by mon-2 check=ping
10:10:50  tell desk open #2 "sw-hq-1 is down: ping fails from both agents that look" "hit 1 of 2: ap-17"
10:12  silent nas-1
10:13  tell desk update #2 "2 that need it are hit instead of 1"
10:30  nobody is told
       incident #1 pending held parent
11:00  clear check-failing on device sw-hq-1 seen by mon-1,mon-2 check=ping
       clear check-failing on device ap-17 seen by mon-1,mon-2 check=ping
       returns nas-1
11:05  tell desk resolve #2
11:30  nobody is told
