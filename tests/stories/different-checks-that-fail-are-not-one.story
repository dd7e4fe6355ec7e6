# A check of its own fails on each of five hosts: five tickets; the same one on five: one

--- story
10:00  host app-1..5 site=hq
       host web-1..5 site=graz
       fire check-failing on app-1 warning check=erp "check erp: no answer"
       fire check-failing on app-2 warning check=wiki "check wiki: no answer"
       fire check-failing on app-3 warning check=mail "check mail: no answer"
       fire check-failing on app-4 warning check=shop "check shop: no answer"
       fire check-failing on app-5 warning check=crm "check crm: no answer"
10:02  tell desk open #1
       tell desk open #2
       tell desk open #3
       tell desk open #4
       tell desk open #5
10:10  fire check-failing on web-1..5 warning check=login "check login: no answer"
10:12  tell desk open #10 "check login: no answer" "5 places" "all 5 have site graz, and nobody else has"
       explain #10 "check-failing of login"
       nobody is told
