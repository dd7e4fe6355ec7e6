# What begins on a host after its first rounds is an ordinary ticket, and so is what comes back a day later

--- story
09:00  enrols web-01,web-02
09:03  fire unit-failed on web-01,web-02 warning unit=cron.service "cron.service has failed"
09:13  tell desk open #1 "Found at enrolment" "(2 hosts with unit-failed)"
09:20  fire filesystem-space on web-01 warning mountpoint=/var "/var is 93 % full"
09:22  tell desk open #2 "[P4] web-01: /var is 93 % full"
10:00  clear unit-failed on web-01 unit=cron.service
+1d 10:00  fire unit-failed on web-01 warning unit=cron.service "cron.service has failed"
10:02  tell desk open #3 "web-01" "cron.service has failed"
       incident #1 open firing 1
10:10  clear unit-failed on web-02 unit=cron.service
10:15  tell desk resolve #1
       nobody is told
