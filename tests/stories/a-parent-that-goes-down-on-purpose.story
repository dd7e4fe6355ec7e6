# A hypervisor that is rebooted on purpose takes its guests along without a ticket; one that does not come back has its own

--- hosts.csv
name,site,team,service,tier,parent,notes
esx-07,graz,,,,,
vm-1,graz,,,,esx-07,
vm-2,graz,,,,esx-07,

--- story
20:00  host esx-07
       host vm-1..2
20:05  goodbye esx-07 reboot
20:06  silent vm-1..2
20:12  nobody is told
       explain #1 "esx-07, which it needs, is down on purpose"
       returns esx-07 rebooted
       returns vm-1 rebooted
20:31:59  nobody is told
20:32  tell desk open #2 "vm-2"
20:40  returns vm-2 rebooted
20:45  tell desk resolve #2
