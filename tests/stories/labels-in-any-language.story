# Labels and titles may be written in any language (Alertmanager: UTF-8)

--- story
00:00  host zürich-1 standort=Zürich
       silence standort="Genève" for 2h "travaux sur le toit"
       fire filesystem-space on zürich-1 mountpoint=/srv/画像 "/srv/画像 is 96 % full"
       tell desk open #1 "zürich-1: /srv/画像 is 96 % full"
00:10  silence standort="Zürich" for 2h "Umbau im Keller"
       fire memory-available on zürich-1
00:30  incident #2 pending held silence
       clear memory-available on zürich-1
       clear filesystem-space on zürich-1 mountpoint=/srv/画像
00:35  tell desk resolve #1
