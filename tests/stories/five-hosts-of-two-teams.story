# The same unit fails on hosts of two teams: neither team's four hosts become one with the other's

--- story
10:00  host a-1..4
       host b-1..4 team=linux
       fire unit-failed on a-1..4 warning unit=ntp.service
       fire unit-failed on b-1..4 warning unit=ntp.service
10:02  tell desk open #1
       tell desk open #2
       tell desk open #3
       tell desk open #4
       tell linux-desk open #5
       tell linux-desk open #6
       tell linux-desk open #7
       tell linux-desk open #8
10:30  clear unit-failed on a-1..4 unit=ntp.service
       clear unit-failed on b-1..4 unit=ntp.service
10:35  tell desk resolve #1
       tell desk resolve #2
       tell desk resolve #3
       tell desk resolve #4
       tell linux-desk resolve #5
       tell linux-desk resolve #6
       tell linux-desk resolve #7
       tell linux-desk resolve #8
