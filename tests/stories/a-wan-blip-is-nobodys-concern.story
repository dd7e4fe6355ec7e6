# A blip of the WAN that is over before its delay tells nobody

--- topology.csv
name,kind,site,parent,team,service,tier
wan-linz,router,linz,,it-ops,,

--- hosts.csv
name,site,team,service,tier,parent,notes
srv-1,linz,,,,wan-linz,

--- story
10:00  host mon-1
       host mon-2
       host srv-1
       looks mon-1,mon-2 at wan-linz with ping icmp
10:14  fire check-failing on device wan-linz seen by mon-1 check=ping warning
10:14:40  clear check-failing on device wan-linz seen by mon-1 check=ping
15:02  fire check-failing on device wan-linz seen by mon-2 check=ping warning
15:03  clear check-failing on device wan-linz seen by mon-2 check=ping
18:00  nobody is told
       counted transient 2
