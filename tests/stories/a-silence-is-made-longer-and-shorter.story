# A silence that is made longer goes on hiding; made shorter it ends sooner

--- story
00:00  host db-7
       silence host="db-7" for 1h "deploy CHG77"
00:10  fire filesystem-space on db-7 mountpoint=/var
00:50  silence s1 host="db-7" for 2h "it takes longer"
02:00  nobody is told
       silence s1 host="db-7" for 15m "nearly done"
02:14  nobody is told
02:15  tell desk open #1
02:20  clear filesystem-space on db-7 mountpoint=/var
02:25  tell desk resolve #1
