# A laptop that goes to sleep or is full of browsers makes no ticket

--- story
08:00  host lap-3 workstation
09:00  fire memory-available on lap-3
       goodbye lap-3 suspend
10:00  silent lap-3
17:00  nobody is told
