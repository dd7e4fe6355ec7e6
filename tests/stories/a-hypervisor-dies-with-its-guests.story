# A hypervisor dies with 30 guests: one ticket that counts them; guests that come back elsewhere are well, and the rest is told when it is back

--- hosts.csv
name,site,team,service,tier,parent,notes
esx-07,graz,,,,,
vm-01,graz,,,,esx-07,
vm-02,graz,,,,esx-07,
vm-03,graz,,,,esx-07,
vm-04,graz,,,,esx-07,
vm-05,graz,,,,esx-07,
vm-06,graz,,,,esx-07,
vm-07,graz,,,,esx-07,
vm-08,graz,,,,esx-07,
vm-09,graz,,,,esx-07,
vm-10,graz,,,,esx-07,
vm-11,graz,,,,esx-07,
vm-12,graz,,,,esx-07,
vm-13,graz,,,,esx-07,
vm-14,graz,,,,esx-07,
vm-15,graz,,,,esx-07,
vm-16,graz,,,,esx-07,
vm-17,graz,,,,esx-07,
vm-18,graz,,,,esx-07,
vm-19,graz,,,,esx-07,
vm-20,graz,,,,esx-07,
vm-21,graz,,,,esx-07,
vm-22,graz,,,,esx-07,
vm-23,graz,,,,esx-07,
vm-24,graz,,,,esx-07,
vm-25,graz,,,,esx-07,
vm-26,graz,,,,esx-07,
vm-27,graz,,,,esx-07,
vm-28,graz,,,,esx-07,
vm-29,graz,,,,esx-07,
vm-30,graz,,,,esx-07,

--- story
10:00  host esx-07
       host vm-01..30
10:12:25  dies esx-07 vm-01..30
10:14:00  silent vm-01..30
10:14:20  silent esx-07
10:14:50  tell desk open #31 "esx-07" "hit 30 of 30" "vm-01"
11:00  nobody is told
       incident #31 open P1
       incident #7 pending held parent
       explain #7 "esx-07, which it needs, has failed"
11:10  returns vm-01..24 rebooted
       nobody is told
11:30  returns esx-07 rebooted
       returns vm-25..29 rebooted
11:35  tell desk resolve #31
11:50  tell desk open #30 "vm-30"
12:00  returns vm-30 rebooted
12:05  tell desk resolve #30
