# What held already when hosts were first seen is one list of each team; what is critical is told by itself

--- story
09:00  enrols web-01..30
       enrols app-01..20 team=linux
09:02  fire unit-failed on web-01..12 warning unit=cron.service "cron.service has failed"
       fire unit-failed on app-03 warning team=linux unit=ntp.service "ntp.service has failed"
09:06  fire filesystem-space on web-05..09 warning mountpoint=/var "/var is 93 % full"
       fire filesystem-space on web-20 mountpoint=/ "/ is 99 % full"
       tell desk open #3 "[P2] web-20" "99 % full"
09:12  tell desk open #1 "[P4] Found at enrolment" "(12 hosts with unit-failed, 5 hosts with filesystem-space)"
       tell linux-desk open #2 "Found at enrolment" "(1 host with unit-failed)"
       explain #1 "what held when hosts were new here" "what is critical is told by itself"
       why web-05 "in the list of what was found at enrolment"
       timeline #1 "/var is 93 % full was found at enrolment"
       nobody is told
