# A silence of everything is refused

--- story
00:00  host db-7
       silence host=~".*" for 2h refused "at least one matcher must not match the empty string"
00:10  fire filesystem-space on db-7 mountpoint=/var
       tell desk open #1
00:20  clear filesystem-space on db-7 mountpoint=/var
00:25  tell desk resolve #1
