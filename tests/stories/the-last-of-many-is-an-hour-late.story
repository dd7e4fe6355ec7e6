# What took two hours to begin on many hosts takes one that begins an hour later; what began at once does not

--- story
08:00  host web-01..20 site=hq
09:00  fire filesystem-filling on web-01,web-02,web-03,web-04,web-05 warning mountpoint=/var
09:02  tell desk open #5 "5 places"
09:30  fire filesystem-filling on web-06,web-07 warning mountpoint=/var
09:45  fire filesystem-filling on web-08 warning mountpoint=/var
       tell desk update #5
10:10  fire filesystem-filling on web-09 warning mountpoint=/var
11:15  fire filesystem-filling on web-10 warning mountpoint=/var
       incident #5 members 10
12:00  clear filesystem-filling on web-01..10 mountpoint=/var
12:05  tell desk resolve #5
