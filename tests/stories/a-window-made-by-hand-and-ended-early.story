# A window that somebody makes for tonight hides what it is about from its beginning; ended early it tells what is left

--- story
18:00  host db-7
       window move host="db-7" in 2h for 4h report "move to the new rack, CHG78" by ops2
19:00  fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
19:10  clear filesystem-space on db-7 mountpoint=/var
19:15  tell desk resolve #1
20:10  dies db-7
20:12  silent db-7
21:00  nobody is told
       why db-7 "move to the new rack, CHG78"
       window move ends by ops2
       tell linux-desk open #3 "window move"
21:30  returns db-7 rebooted
21:35  tell linux-desk resolve #3
       window move ends refused "window"
