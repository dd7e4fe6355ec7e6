# A fault that is silenced is not told because something beside it begins that is only worth a digest

--- story
09:00  host vm-1
       silence alertname="resolver-down" for 4h "the name server is moved"
       fire resolver-down on vm-1 warning server=10.1.0.53 answer=none
09:10  fire network-drops on vm-1 warning device=eth0
10:00  nobody is told
       incident #1 pending
       clear resolver-down on vm-1 server=10.1.0.53 answer=none
11:00  nobody is told
