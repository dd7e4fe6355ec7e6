# Of two switches one is enough: the host behind them is only held when both have failed

--- topology.csv
name,kind,site,parent,team,service,tier
sw-1,switch,hq,,it-ops,,
sw-2,switch,hq,,it-ops,,

--- hosts.csv
name,site,team,service,tier,parent,notes
db-7,hq,,,,sw-1|sw-2,

--- story
10:00  host mon-1
       host db-7
       looks mon-1 at sw-1,sw-2 with ping icmp
10:10  fire check-failing on device sw-1 seen by mon-1 check=ping
10:10:30  tell desk open #1 "sw-1 is down"
10:20  silent db-7
10:21  tell desk open #2 "db-7"
10:30  returns db-7
10:35  tell desk resolve #2
11:00  fire check-failing on device sw-2 seen by mon-1 check=ping
11:00:30  tell desk open #3 "sw-2 is down"
11:01  silent db-7
11:15  tell desk update #1 "(hit 1 of 1: db-7)"
       tell desk update #3 "(hit 1 of 1: db-7)"
11:30  incident #2 pending held parent
       explain #2 "none of sw-1 and sw-2, of which it needs one, is available"
12:00  clear check-failing on device sw-1 seen by mon-1 check=ping
       clear check-failing on device sw-2 seen by mon-1 check=ping
       returns db-7
12:05  tell desk resolve #1
       tell desk resolve #3
