# A ticket that is closed a little too early stays closed if it is well within a quarter of an hour

--- story
09:30  host db-7
       fire unit-failed on db-7 unit=exim4.service
       tell desk open #1
09:40  closes #1 by ops1
09:50  clear unit-failed on db-7 unit=exim4.service
10:30  nobody is told
       incident #1 resolved firing 0
11:00  fire unit-failed on db-7 unit=exim4.service
       tell desk reopen #1
