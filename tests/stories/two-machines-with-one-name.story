# Two machines that call themselves the same are told apart: neither closes the other's ticket

--- story
00:00  host web-1
       host web-2
       fire filesystem-space on web-1 mountpoint=/var
       tell desk open #1
00:10  host web-2 named web-1
       why web-2 "claims the name web-1 as well"
       clear filesystem-space on web-2 mountpoint=/var
00:20  incident #1 open firing 1
       clear filesystem-space on web-1 mountpoint=/var
00:25  tell desk resolve #1
