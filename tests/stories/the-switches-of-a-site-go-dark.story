# Five switches are down at once, whatever some agents said of them before: one ticket

--- topology.csv
name,kind,site,parent,team,service,tier
sw-1,switch,graz,,,,
sw-2,switch,graz,,,,
sw-3,switch,graz,,,,
sw-4,switch,graz,,,,
sw-5,switch,graz,,,,
sw-9,switch,hq,,,,

--- story
10:00  host mon-1..2 site=hq
       looks mon-1,mon-2 at sw-1,sw-2,sw-3,sw-4,sw-5,sw-9 with ping icmp
10:10  fire check-failing on device sw-1 seen by mon-1 check=ping
       fire check-failing on device sw-2 seen by mon-1 check=ping
       fire check-failing on device sw-3 seen by mon-1 check=ping
       fire check-failing on device sw-4 seen by mon-1 check=ping
10:12  tell desk open #1 "sw-1 is unreachable from mon-1; mon-2 reaches it"
       tell desk open #2
       tell desk open #3
       tell desk open #4
10:20  fire check-failing on device sw-1 seen by mon-2 check=ping
       tell desk update #1 "sw-1 is down"
       fire check-failing on device sw-2 seen by mon-2 check=ping
       tell desk update #2 "sw-2 is down"
       fire check-failing on device sw-3 seen by mon-2 check=ping
       tell desk update #3
       fire check-failing on device sw-4 seen by mon-2 check=ping
       tell desk update #4
10:20:30  fire check-failing on device sw-5 seen by mon-1,mon-2 check=ping
10:21  tell desk resolve #1 "(goes on in #6)"
       tell desk resolve #2
       tell desk resolve #3
       tell desk resolve #4
       tell desk open #6 "5 places" "(site graz"
10:40  clear check-failing on device sw-1 seen by mon-1,mon-2 check=ping
       clear check-failing on device sw-2 seen by mon-1,mon-2 check=ping
       clear check-failing on device sw-3 seen by mon-1,mon-2 check=ping
       clear check-failing on device sw-4 seen by mon-1,mon-2 check=ping
       clear check-failing on device sw-5 seen by mon-1,mon-2 check=ping
10:45  tell desk resolve #6
