# A silence until all is clear needs something that fires; what fires again within a minute is still muted

--- story
09:00  host db-7
       silence host="db-7" until-clear refused "nothing that it matches fires"
       fire filesystem-space on db-7 warning mountpoint=/var
       silence host="db-7" until-clear "growing the disk"
09:10  clear filesystem-space on db-7 mountpoint=/var
09:10:40  fire filesystem-space on db-7 warning mountpoint=/var
10:00  incident #2 pending held silence
       nobody is told
