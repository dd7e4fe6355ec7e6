# A guest that is put back to a snapshot: what it does not have any more ends when the agent has looked for it long enough

--- story
00:00  host vm-1
       fire filesystem-space on vm-1 mountpoint=/data
       tell desk open #1
01:00  silent vm-1
01:01  tell desk open #2
01:05  returns vm-1 rebooted
01:10  tell desk resolve #2
+1d 01:05  gone filesystem-space on vm-1 mountpoint=/data
01:10  tell desk resolve #1
       timeline #1 "it was looked for and not there for 86400 s"
