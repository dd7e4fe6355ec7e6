# What a hold hid and still is so when it ends becomes a ticket

--- story
20:00  host db-7
       hold db-7 for 30m "kernel update, CHG77"
20:02  goodbye db-7 reboot
20:06  returns db-7 rebooted
       fire unit-failed on db-7 warning unit=nginx.service "nginx.service has failed"
20:29  nobody is told
       incident #1 pending held hold
       explain #1 "CHG77"
20:30  tell desk open #1 "nginx.service has failed"
21:00  clear unit-failed on db-7 unit=nginx.service
21:05  tell desk resolve #1
