# Tickets of two teams are not merged: each answers for its own

--- story
09:00  host web-1
       host db-7 team=linux
       fire unit-failed on web-1 unit=php.service
       tell desk open #1
       fire unit-failed on db-7 unit=postgresql.service
       tell linux-desk open #2
       merge #2 into #1 refused "team"
10:00  clear unit-failed on web-1 unit=php.service
       clear unit-failed on db-7 unit=postgresql.service
10:05  tell desk resolve #1
       tell linux-desk resolve #2
