# The database of the ERP is tier 1: its full disk is P1; the tier comes from the tables, whatever the host says

--- hosts.csv
name,site,team,service,tier,parent,notes
db-7,hq,,erp,,,

--- services.csv
service,tier,plain_name,team,hours
erp,1,the ERP,linux,

--- story
10:00  host db-7 team=it-ops
       host db-8
       fire filesystem-space on db-7 mountpoint=/var
       tell linux-desk open #1 "[P1]"
       explain #1 "impact high (tier 1) by urgency high (critical)"
       why db-7 "Known of it"
       fire filesystem-space on db-8 mountpoint=/var
       tell desk open #2 "[P2]"
       explain #2 "impact medium (server)"
11:00  clear filesystem-space on db-7 mountpoint=/var
       clear filesystem-space on db-8 mountpoint=/var
11:05  tell linux-desk resolve #1
       tell desk resolve #2
