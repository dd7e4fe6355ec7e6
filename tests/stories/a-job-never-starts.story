# A job that never starts is a ticket until it has run well

--- story
02:15  host db-7
       fire job-missed on db-7 warning job=backup-erp "job backup-erp did not begin in time"
02:17  tell desk open #1 "[P4] db-7" "did not begin in time"
+2d 02:15  fire job-missed on db-7 critical job=backup-erp "job backup-erp did not begin in time"
       tell desk update #1 "Severity critical"
03:00  clear job-missed on db-7 job=backup-erp
03:05  tell desk resolve #1
