# Guests that are started elsewhere while their hypervisor is dead are seen, so what fires on them is told

--- hosts.csv
name,site,team,service,tier,parent,notes
esx-07,graz,,,,,
vm-1,graz,,,,esx-07,

--- story
10:00  host esx-07
       host vm-1
10:12  dies esx-07 vm-1
10:14  silent esx-07
10:14:30  tell desk open #1 "esx-07"
10:15  silent vm-1
10:16:30  tell desk update #1 "1 that needs it is hit"
10:20  returns vm-1 rebooted
10:30  fire filesystem-space on vm-1 mountpoint=/var
10:35  tell desk open #3 "vm-1"
10:40  clear filesystem-space on vm-1 mountpoint=/var
10:45  tell desk resolve #3
12:00  returns esx-07 rebooted
12:05  tell desk resolve #1
