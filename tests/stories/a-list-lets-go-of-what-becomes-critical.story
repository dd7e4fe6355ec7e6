# What was found at enrolment and becomes critical leaves the list and is told at once

--- story
09:00  enrols web-01..03
09:05  fire filesystem-space on web-01..03 warning mountpoint=/var "/var is 93 % full"
09:15  tell desk open #1 "Found at enrolment" "(3 hosts with filesystem-space)"
13:00  fire filesystem-space on web-02 mountpoint=/var "/var is 99 % full"
       tell desk open #2 "[P2] web-02: /var is 99 % full"
       incident #1 open firing 2 "Found at enrolment: 2 alerts"
       timeline #1 "/var is 99 % full belongs to incident 2 now"
14:00  clear filesystem-space on web-02 mountpoint=/var
14:05  tell desk resolve #2
       incident #1 open firing 2
