# What got well while its host could not be heard is closed when the host says so, not before and not never

--- story
00:00  host db-7
       fire unit-failed on db-7 unit=nginx.service
       tell desk open #1
00:10  silent db-7
00:11  tell desk open #2
06:00  incident #1 open
       returns db-7
       clear unit-failed on db-7 unit=nginx.service
06:05  tell desk resolve #1
       tell desk resolve #2
