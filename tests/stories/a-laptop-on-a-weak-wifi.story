# A laptop on a weak Wi-Fi that loses its line thirty times a day is nobody's ticket

--- story
08:00  host lap-3 workstation
09:00  silent lap-3
09:01  returns lap-3
10:00  silent lap-3
10:01  returns lap-3
11:00  silent lap-3
11:01  returns lap-3
12:00  goodbye lap-3 suspend
12:40  returns lap-3
17:00  goodbye lap-3 power-off
20:00  nobody is told
       counted watched 3
