# In the evening the laptops of an office leave, a third of them without a goodbye

--- story
17:00  host lap-01..30 workstation site=linz
17:10  goodbye lap-01..10 suspend
17:20  goodbye lap-11..20 power-off
17:40  silent lap-21..30
07:30  returns lap-01..30
08:00  nobody is told
