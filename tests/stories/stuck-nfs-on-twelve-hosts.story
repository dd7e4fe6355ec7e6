# A file server hangs and twelve hosts' mounts with it: one ticket that says what they share, from the first minute

--- story
10:00  host app-01..12 site=hq share=nfs-1
       host web-01..10 site=hq
10:10  fire check-failing on app-01..09 warning check=mounts "check mounts: /srv/share does not answer"
10:11  fire check-failing on app-10..12 warning check=mounts "check mounts: /srv/share does not answer"
10:12  tell desk open #5 "[P3]" "12 places, first app-01" "share nfs-1"
10:13  fire check-failing on app-01..12 critical check=mounts "check mounts: /srv/share does not answer"
       tell desk update #5 "[P1]"
10:30  clear check-failing on app-01..12 check=mounts
10:35  tell desk resolve #5
11:00  nobody is told
