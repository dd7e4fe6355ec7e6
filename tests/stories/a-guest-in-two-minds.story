# A disk that fills on a guest is a ticket although its parent is asked after first; it makes no difference which is noticed first

--- hosts.csv
name,site,team,service,tier,parent,notes
esx-07,graz,,,,,
vm-1,graz,,,,esx-07,

--- story
10:00  host esx-07
       host vm-1
10:10:05  fire filesystem-space on vm-1 mountpoint=/var
       incident #1 pending held parent_unseen
10:10:15  tell desk open #1 "vm-1"
10:20  clear filesystem-space on vm-1 mountpoint=/var
10:25  tell desk resolve #1
11:00  silent vm-1
       incident #2 pending held parent_unseen
       nobody is told
11:00:30  tell desk open #2 "vm-1"
11:10  returns vm-1
11:15  tell desk resolve #2
