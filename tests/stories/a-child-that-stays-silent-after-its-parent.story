# The parent is back and the child is not: after the time of a reboot it is a ticket of its own

--- hosts.csv
name,site,team,service,tier,parent,notes
esx-07,graz,,,,,
vm-1,graz,,,,esx-07,
vm-2,graz,,,,esx-07,

--- story
10:00  host esx-07
       host vm-1..2
10:10  silent esx-07
10:10:30  tell desk open #1
10:11  silent vm-1..2
10:12:30  tell desk update #1 "2 that need it are hit"
10:30  returns esx-07 rebooted
       returns vm-1 rebooted
10:31  nobody is told
       incident #2 closed
       incident #3 pending held recovering
10:35  tell desk resolve #1
10:49:59  nobody is told
10:50  tell desk open #3 "vm-2"
11:00  returns vm-2 rebooted
11:05  tell desk resolve #3
