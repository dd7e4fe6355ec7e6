# A resolver that each host runs itself is no thing that many see fail: each team has its own ticket

--- story
10:00  host web-1..5
       host db-1..5 team=linux
16:00  fire resolver-down on web-1,web-2,web-3,web-4,web-5 warning server=127.0.0.53 answer=none
       fire resolver-down on db-1,db-2,db-3,db-4,db-5 warning server=127.0.0.53 answer=none
16:02  tell desk open #5 "5 places"
       tell linux-desk open #10 "5 places"
