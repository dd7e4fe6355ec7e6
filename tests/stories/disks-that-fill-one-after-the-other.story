# What begins slowly on one host after the other is one ticket once it is many: it takes those that were told before

--- story
08:00  host web-01..10 site=hq
09:00  fire filesystem-filling on web-01 warning mountpoint=/var
09:02  tell desk open #1 "web-01"
09:15  fire filesystem-filling on web-02 warning mountpoint=/var
09:17  tell desk open #2 "web-02"
09:40  fire filesystem-filling on web-03 warning mountpoint=/var
09:42  tell desk open #3 "web-03"
09:50  fire filesystem-filling on web-04 warning mountpoint=/var
09:52  tell desk open #4 "web-04"
10:00  fire filesystem-filling on web-05,web-06 warning mountpoint=/var
10:02  tell desk open #5
       tell desk open #6
10:05  fire filesystem-filling on web-07 warning mountpoint=/var
       tell desk resolve #1 "(goes on in #7)"
       tell desk resolve #2 "(goes on in #7)"
       tell desk resolve #3 "(goes on in #7)"
       tell desk resolve #4 "(goes on in #7)"
       tell desk resolve #5 "(goes on in #7)"
       tell desk resolve #6 "(goes on in #7)"
       tell desk open #7 "7 places, first web-01"
12:00  fire filesystem-space on web-01 warning mountpoint=/var
12:00  fire filesystem-space on web-02..07 warning mountpoint=/var
       tell desk update #7 "11 alerts instead of 7"
       incident #7 members 14 firing 14
13:00  clear filesystem-space on web-01..07 mountpoint=/var
       clear filesystem-filling on web-01..07 mountpoint=/var
13:05  tell desk resolve #7
