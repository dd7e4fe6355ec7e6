# Guests come up after the hypervisor that starts them: they have as long as a machine may take to reboot, and the one that does not come is told then

--- hosts.csv
name,site,team,service,tier,parent,notes
esx-07,graz,,,,,
vm-01,graz,,,,esx-07,
vm-02,graz,,,,esx-07,
vm-03,graz,,,,esx-07,
vm-04,graz,,,,esx-07,
vm-05,graz,,,,esx-07,
vm-06,graz,,,,esx-07,

--- story
03:00  host esx-07
       host vm-01..06
03:10  dies esx-07 vm-01..06
03:11:30  silent vm-01..06
       silent esx-07
03:12  tell desk open #7 "esx-07" "hit 6 of 6"
04:20  returns esx-07 rebooted
04:24  nobody is told
       returns vm-01..05 rebooted
       explain #6 "esx-07, which it needs, has just come back" "last until Mon 04:40"
04:25  tell desk resolve #7
04:40  tell desk open #6 "vm-06"
05:00  returns vm-06 rebooted
05:05  tell desk resolve #6
