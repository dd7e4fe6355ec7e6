# What comes and goes too often to be believed is one ticket that says so, not ten

--- story
00:00  host web-1
00:01  fire unit-failed on web-1 warning unit=php.service
00:02  clear unit-failed on web-1 unit=php.service
00:05  fire unit-failed on web-1 warning unit=php.service
00:06  clear unit-failed on web-1 unit=php.service
00:09  fire unit-failed on web-1 warning unit=php.service
       incident #3 pending
00:20  nobody is told
       incident #3 pending held flapping
       explain #3 "it comes and goes too often"
00:39  tell desk open #3
01:00  clear unit-failed on web-1 unit=php.service
01:05  tell desk resolve #3
