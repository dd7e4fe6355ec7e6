# Waiting for a vendor for five days: the ticket is quiet until the time is up

--- story
09:00  host nas-1
       fire filesystem-read-only on nas-1 mountpoint=/srv
       tell desk open #1
09:30  wait #1 on "the vendor, case 4711" for 5d by ops1
       tell desk update #1 "It waits for the vendor, case 4711"
       incident #1 waiting
       explain #1 "nobody is reminded meanwhile"
+4d 12:00  nobody is told
+1d 09:30  tell desk update #1 "It no longer waits for the vendor, case 4711"
       incident #1 open
10:00  clear filesystem-read-only on nas-1 mountpoint=/srv
10:05  tell desk resolve #1
