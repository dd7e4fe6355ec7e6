# An agent that is silent itself does not make a device down

--- story
10:00  host mon-1..2
       looks mon-1..2 at sw-1 with ping icmp
10:10  fire check-failing on device sw-1 seen by mon-1 check=ping
       silent mon-1
10:10:30  tell desk open #2 "mon-1"
10:30  incident #1 closed
       nobody is told
10:40  returns mon-1
       clear check-failing on device sw-1 seen by mon-1 check=ping
10:45  tell desk resolve #2
