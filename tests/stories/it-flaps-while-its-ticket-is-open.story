# A ticket whose alert flaps stays open until it has been quiet for half an hour

--- story
00:00  host web-1
       fire unit-failed on web-1 unit=php.service "php.service has failed"
       tell desk open #1
00:10  clear unit-failed on web-1 unit=php.service
00:12  fire unit-failed on web-1 unit=php.service "php.service has failed"
00:20  clear unit-failed on web-1 unit=php.service
00:22  fire unit-failed on web-1 unit=php.service "php.service has failed"
       tell desk update #1 "It comes and goes; this stays open until that is over"
       incident #1 open "(flapping)"
00:30  clear unit-failed on web-1 unit=php.service
00:35  fire unit-failed on web-1 unit=php.service "php.service has failed"
00:40  clear unit-failed on web-1 unit=php.service
       incident #1 resolving
01:09  nobody is told
01:10  tell desk resolve #1
