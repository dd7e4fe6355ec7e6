# A bad configuration pushed to thirty agents: they stop one after another, and are one ticket

--- story
10:00  host a-01..30 site=hq role=web
       host b-01..10 site=hq role=db
10:14:00  silent a-01..03
10:14:20  silent a-04..12
10:14:30  tell desk open #5 "[P1]" "12 places, first a-01" "role web"
10:15:00  silent a-13..30
       incident #5 open members 30
10:16:30  tell desk update #5 "30 alerts instead of 12"
10:40  returns a-01..30
10:45  tell desk resolve #5
