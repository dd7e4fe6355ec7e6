# A site goes dark at night: the team is told now, again, then all of it; whoever takes it is left alone, and all hear that it is over

--- collector.toml
[site]
zone = "UTC"
hours = "Mon-Fri 07:30-17:30"

[[team]]
name = "it-ops"
ticket = "desk"
page = ["pager"]

[[person]]
name = "anna"
team = "it-ops"
contact = ["anna-phone"]

[[person]]
name = "ben"
team = "it-ops"
contact = ["ben-phone"]

[[receiver]]
name = "desk"
profile = "generic"
url = "http://127.0.0.1:9721/desk"

[[receiver]]
name = "pager"
profile = "generic"
url = "http://127.0.0.1:9721/pager"

[[receiver]]
name = "anna-phone"
profile = "generic"
url = "http://127.0.0.1:9721/anna"

[[receiver]]
name = "ben-phone"
profile = "generic"
url = "http://127.0.0.1:9721/ben"

[[route]]
name = "everything"
match = []

--- services.csv
service,tier,plain_name,team,hours
erp,1,The accounts,it-ops,24x7

--- story
02:00  host db-7 service=erp
       fire filesystem-space on db-7 mountpoint=/var
       tell pager open #1 "[P1] db-7"
       tell desk open #1
       explain #1 "Unless somebody takes it, told at" "team it-ops."
02:15  tell pager escalate #1
       timeline #1 "Nobody works on it: told pager"
02:30  tell anna-phone open #1
       tell ben-phone open #1
       tell pager escalate #1
02:35  take #1 by anna
       tell anna-phone acknowledge #1
       tell ben-phone acknowledge #1
       tell desk acknowledge #1
       tell pager acknowledge #1
       nobody is told
03:20  clear filesystem-space on db-7 mountpoint=/var
03:25  tell anna-phone resolve #1
       tell ben-phone resolve #1
       tell desk resolve #1
       tell pager resolve #1
