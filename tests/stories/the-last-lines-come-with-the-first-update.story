# What the agent was asked for when it began comes as the first update

--- story
10:00  host web-1
       fire unit-failed on web-1 unit=nginx.service "nginx.service has failed"
       tell desk open #1
10:00:15  finds unit-failed on web-1 last_lines "bind() to 0.0.0.0:80 failed (98: Address already in use)"
       tell desk update #1 "Address already in use"
11:00  clear unit-failed on web-1 unit=nginx.service
11:05  tell desk resolve #1
