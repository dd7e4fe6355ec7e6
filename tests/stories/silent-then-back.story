# A server that falls silent is a ticket, and its return closes it

--- story
00:00  host db-7
00:30  silent db-7
00:31  tell desk open #1 "db-7"
00:40  returns db-7
00:45  tell desk resolve #1
