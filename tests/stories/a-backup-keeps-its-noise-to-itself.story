# A backup that fills the disk for an hour says so: what it keeps busy opens nothing while it runs, anything else does

--- story
01:00  host db-7
       job db-7 backup quiet disk-io,storage for 4h
01:20  fire filesystem-space on db-7 mountpoint=/var
       incident #1 pending held job
       explain #1 "job backup runs and keeps disk-io, storage busy"
01:30  fire memory-available on db-7
       tell desk open #2
01:40  clear filesystem-space on db-7 mountpoint=/var
02:00  job db-7 backup ends
       clear memory-available on db-7
02:05  tell desk resolve #2
       counted suppressed job 1
