# Ending a silence early tells at once what it still hides (Alertmanager: SilenceDelete)

--- story
00:00  host db-7
       silence host="db-7" for 8h by ops2 "deploy CHG77"
00:10  fire filesystem-space on db-7 mountpoint=/var
01:00  nobody is told
       expire s1 by ops2
       tell desk open #1 "[P2] db-7"
       timeline everything "ops2 set silence s1" "ops2 ended silence s1"
01:10  clear filesystem-space on db-7 mountpoint=/var
01:15  tell desk resolve #1
