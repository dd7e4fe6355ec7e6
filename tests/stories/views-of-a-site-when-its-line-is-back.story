# When the line of a site is back, what stood behind it has a grace, although one agent reaches it before the others

--- topology.csv
name,kind,site,parent,team,service,tier
vpn-linz,vpn,linz,,it-ops,,
sw-1,switch,linz,vpn-linz,,,
sw-2,switch,linz,vpn-linz,,,
acc-1,switch,linz,sw-1|sw-2,,,
acc-2,switch,linz,sw-1|sw-2,,,
acc-3,switch,linz,sw-1|sw-2,,,
acc-4,switch,linz,sw-1|sw-2,,,
acc-5,switch,linz,sw-1|sw-2,,,

--- hosts.csv
name,site,team,service,tier,parent,notes
mon-linz,linz,,,,acc-1,

--- story
14:00  host mon-linz
       host mon-1..2 site=hq
       looks mon-linz at vpn-linz,sw-1,sw-2,acc-1,acc-2,acc-3,acc-4,acc-5 with ping icmp
       looks mon-1,mon-2 at vpn-linz,sw-1,sw-2,acc-1,acc-2,acc-3,acc-4,acc-5 with ping icmp
14:10  dies mon-linz
14:10:30  fire check-failing on device acc-1 seen by mon-1,mon-2 check=ping warning
       fire check-failing on device acc-2 seen by mon-1,mon-2 check=ping warning
       fire check-failing on device acc-3 seen by mon-1,mon-2 check=ping warning
       fire check-failing on device acc-4 seen by mon-1,mon-2 check=ping warning
       fire check-failing on device acc-5 seen by mon-1,mon-2 check=ping warning
       fire check-failing on device sw-1 seen by mon-1,mon-2 check=ping warning
       fire check-failing on device sw-2 seen by mon-1,mon-2 check=ping warning
       fire check-failing on device vpn-linz seen by mon-1,mon-2 check=ping warning
14:11:24  silent mon-linz
14:12  fire check-failing on device acc-1 seen by mon-1,mon-2 check=ping
       fire check-failing on device acc-2 seen by mon-1,mon-2 check=ping
       fire check-failing on device acc-3 seen by mon-1,mon-2 check=ping
       fire check-failing on device acc-4 seen by mon-1,mon-2 check=ping
       fire check-failing on device acc-5 seen by mon-1,mon-2 check=ping
       fire check-failing on device sw-1 seen by mon-1,mon-2 check=ping
       fire check-failing on device sw-2 seen by mon-1,mon-2 check=ping
       fire check-failing on device vpn-linz seen by mon-1,mon-2 check=ping
       tell desk open #8 "vpn-linz is down"
14:45  fire check-failing on device acc-1 seen by mon-1,mon-2 check=ping warning
       fire check-failing on device acc-2 seen by mon-1,mon-2 check=ping warning
       fire check-failing on device acc-3 seen by mon-1,mon-2 check=ping warning
       fire check-failing on device acc-4 seen by mon-1,mon-2 check=ping warning
       fire check-failing on device acc-5 seen by mon-1,mon-2 check=ping warning
       fire check-failing on device sw-1 seen by mon-1,mon-2 check=ping warning
       fire check-failing on device sw-2 seen by mon-1,mon-2 check=ping warning
       fire check-failing on device vpn-linz seen by mon-1,mon-2 check=ping warning
14:45:10  returns mon-linz
       nobody is told
14:45:30  clear check-failing on device acc-1 seen by mon-1 check=ping
       explain #4 "vpn-linz, which it needs, has just come back"
       nobody is told
14:45:40  clear check-failing on device acc-1 seen by mon-2 check=ping
       clear check-failing on device acc-2 seen by mon-1,mon-2 check=ping
       clear check-failing on device acc-3 seen by mon-1,mon-2 check=ping
       clear check-failing on device acc-4 seen by mon-1,mon-2 check=ping
       clear check-failing on device acc-5 seen by mon-1,mon-2 check=ping
       clear check-failing on device sw-1 seen by mon-1,mon-2 check=ping
       clear check-failing on device sw-2 seen by mon-1,mon-2 check=ping
       clear check-failing on device vpn-linz seen by mon-1,mon-2 check=ping
14:50:40  tell desk resolve #8
