# A certificate that is renewed in time is no ticket, one that is not is one, and it ends with the renewal

--- story
08:00  host web-1
       fire check-failing on web-1 warning check=www-certificate "check www-certificate: www.example.org expires in 20 days"
08:01  clear check-failing on web-1 check=www-certificate
12:00  nobody is told
+14d 08:00  fire check-failing on web-1 warning check=intranet-certificate "check intranet-certificate: intranet.example.org expires in 20 days"
08:02  tell desk open #2 "[P4]" "expires in 20 days"
+13d 08:00  fire check-failing on web-1 critical check=intranet-certificate "check intranet-certificate: intranet.example.org expires in 6 days"
       tell desk update #2 "[P2]" "Severity critical"
09:00  clear check-failing on web-1 check=intranet-certificate
09:05  tell desk resolve #2
