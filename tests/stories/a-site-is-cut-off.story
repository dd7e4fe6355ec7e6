# A site is cut off: thirty servers fall silent within a minute and are one ticket, which says how the other sites are; the one that stays away when all others are back has its own

--- story
10:00  host gr-01..30 site=graz
       host hq-01..40 site=hq
       host li-01..05 site=linz
10:14:00  silent gr-01..12
10:14:20  silent gr-13..30
10:14:30  tell desk open #5 "[P1]" "30 places, first gr-01" "site graz" "(site graz: 0 well, 2 other sites well)"
       incident #5 open members 30 firing 30 "30 hosts silent (first: gr-01)"
10:40  returns gr-01..29
10:42  tell desk update #5 "[P2]"
10:45  tell desk open #6 "[P2] gr-30"
       tell desk resolve #5
       explain #6 "Incident 5 was the one before it"
11:00  returns gr-30
11:05  tell desk resolve #6
