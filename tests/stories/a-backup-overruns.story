# A backup that overruns keeps nothing quiet any longer than it may take

--- story
01:00  host db-7
       job db-7 backup quiet disk-io,storage for 4h
01:20  fire filesystem-space on db-7 mountpoint=/var "/var is 96 % full"
04:59  nobody is told
05:00  tell desk open #1 "/var is 96 % full"
06:00  job db-7 backup ends
       clear filesystem-space on db-7 mountpoint=/var
06:05  tell desk resolve #1
