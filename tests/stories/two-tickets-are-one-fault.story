# Two tickets turn out to be one fault: the one is closed with a word where it goes on, the other has both alerts

--- story
09:00  host web-1
       host web-2
       fire unit-failed on web-1 unit=php.service "php.service has failed"
       tell desk open #1
09:10  fire unit-failed on web-2 unit=php.service "php.service has failed"
       tell desk open #2
09:20  merge #2 into #1 by ops1
       tell desk resolve #2 "(goes on in #1)"
       tell desk update #1 "2 alerts instead of 1"
       incident #2 closed
       explain #2 "it is part of incident 1 now"
09:30  clear unit-failed on web-2 unit=php.service
       nobody is told
       clear unit-failed on web-1 unit=php.service
09:35  tell desk resolve #1
       merge #2 into #1 refused "closed already"
