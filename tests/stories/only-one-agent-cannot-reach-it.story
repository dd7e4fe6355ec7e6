# A device that only one of three agents cannot reach is not down; the ticket says who reaches it

--- story
10:00  host mon-1..3
       looks mon-1..3 at sw-1 with ping icmp
10:10  fire check-failing on device sw-1 seen by mon-2 check=ping
10:12  tell desk open #1 "[P4]" "sw-1 is unreachable from mon-2; mon-1 and mon-3 reach it"
10:20  fire check-failing on device sw-1 seen by mon-1,mon-3 check=ping
       tell desk update #1 "sw-1 is down" "Severity critical instead of warning"
10:30  clear check-failing on device sw-1 seen by mon-1..3 check=ping
10:35  tell desk resolve #1
