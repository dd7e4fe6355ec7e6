# The collector restarts while hosts are enrolled: what it measures anew was found at enrolment all the same

--- story
09:00  enrols web-01..08
09:04  collector stops
10:00  collector starts
10:06  fire filesystem-space on web-01..07 warning mountpoint=/var "/var is 93 % full"
10:16  tell desk open #1 "Found at enrolment" "(7 hosts with filesystem-space)"
10:30  collector stops
10:31  collector starts
       fire unit-failed on web-08 warning unit=cron.service "cron.service has failed"
10:33  tell desk open #2 "web-08" "cron.service has failed"
       nobody is told
