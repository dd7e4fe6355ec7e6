# Whoever has the turn is told at night of what is worth waking for; what is not waits for the morning, and is dropped if it has cleared

--- collector.toml
[site]
zone = "UTC"
hours = "Mon-Fri 07:30-17:30"

[[team]]
name = "it-ops"
ticket = "desk"

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

[[schedule]]
name = "oncall"
team = "it-ops"
[[schedule.layer]]
people = ["anna", "ben"]
starts = 2026-03-02T08:00:00
every = "1d"

[[schedule.layer]]
people = ["ben"]
only = ["Mon 00:00-08:00"]

--- story
02:00  host db-7
       host db-8
       fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1 "[P2]"
       timeline #1 "it waits until"
       fire filesystem-space on db-8 mountpoint=/var
       tell desk open #2 "[P2]"
04:00  clear filesystem-space on db-8 mountpoint=/var
04:05  tell desk resolve #2
07:30  tell ben-phone open #1
08:30  tell anna-phone open #1
       explain #1 "told at" "team it-ops (anna)"
