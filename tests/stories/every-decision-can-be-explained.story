# Asked afterwards: what was seen, which route, which priority and why, who was told, what is next

--- story
09:00  host db-7
       fire filesystem-space on db-7 warning mountpoint=/var @value=0.91 @free=3e9 "/var is 91 % full"
       explain #1 "nobody has been told" "It is told at Mon 09:02 unless it clears before"
       why db-7 "/var is 91 % full"
09:02  tell desk open #1
       explain #1 "Team it-ops owns it" "It is P4: impact medium (server) by urgency low (warning)" "Ticket at desk (known there as T1): open" "It closes 300 s after it is well"
       timeline #1 "/var is 91 % full began to fire (warning), seen: value 0.91, free 3000000000" "desk is told: open" "desk did it: open as T1"
09:30  clear filesystem-space on db-7 mountpoint=/var @value=0.60
       timeline #1 "/var is 91 % full is over: it was measured to be well, seen: value 0.6" "it closes at Mon 09:35"
09:35  tell desk resolve #1
       explain #1 "nothing of it fires any more" "If it fires again by Mon 13:35, it is reopened"
       why db-7 "Nothing fires on it"
