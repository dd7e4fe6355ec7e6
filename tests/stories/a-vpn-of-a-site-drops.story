# The VPN of a site drops for half an hour: one ticket; a process killed there meanwhile is told when its host is heard of again

--- topology.csv
name,kind,site,parent,team,service,tier
vpn-graz,vpn,graz,,it-ops,,

--- hosts.csv
name,site,team,service,tier,parent,notes
srv-1,graz,,,,vpn-graz,
srv-2,graz,,,,vpn-graz,
srv-3,graz,,,,vpn-graz,

--- story
10:00  host mon-1
       host srv-1..3
       looks mon-1 at vpn-graz with ping icmp
10:14  fire check-failing on device vpn-graz seen by mon-1 check=ping
10:14:30  tell desk open #1 "vpn-graz is down"
10:15:45  silent srv-1..3
10:16:30  tell desk update #1 "3 that need it are hit"
10:49  clear check-failing on device vpn-graz seen by mon-1 check=ping
10:49:30  returns srv-1..3
10:49:40  fire oom-kill on srv-2 warning late "the kernel killed mysqld for want of memory"
10:54  tell desk open #5 "the kernel killed mysqld"
       tell desk resolve #1
11:30  clear oom-kill on srv-2
11:35  tell desk resolve #5
