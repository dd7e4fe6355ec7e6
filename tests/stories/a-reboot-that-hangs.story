# A goodbye buys time, never silence: who does not come back in time is a ticket

--- story
22:00  host db-7
       goodbye db-7 reboot
22:19  nobody is told
22:20  overdue db-7
       tell desk open #1 "[P2] db-7" "did not come back in time"
22:50  returns db-7 rebooted
22:55  tell desk resolve #1
