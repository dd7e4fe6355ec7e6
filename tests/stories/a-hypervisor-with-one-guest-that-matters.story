# A hypervisor with two guests weighs as one server, but one of them is the database of the ERP, tier 1: P1

--- hosts.csv
name,site,team,service,tier,parent,notes
erp-db,hq,,erp,,esx-1,
test-1,hq,,,,esx-1,
test-2,hq,,,,esx-2,
esx-1,hq,,,,,
esx-2,hq,,,,,

--- services.csv
service,tier,plain_name,team,hours
erp,1,the ERP,it-ops,

--- story
10:00  host erp-db
       host test-1
       host test-2
       host esx-1
       host esx-2
       fire filesystem-space on esx-1 mountpoint=/var
       tell desk open #1 "[P1]"
       explain #1 "impact high (erp-db of tier 1 needs esx-1)"
       fire filesystem-space on esx-2 mountpoint=/var
       tell desk open #2 "[P2]"
       explain #2 "impact medium (server)"
11:00  clear filesystem-space on esx-1 mountpoint=/var
       clear filesystem-space on esx-2 mountpoint=/var
11:05  tell desk resolve #1
       tell desk resolve #2
