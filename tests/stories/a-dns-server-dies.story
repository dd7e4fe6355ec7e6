# The DNS server dies: what does not resolve because of it is explained by it, and is told nobody

--- inhibitions.toml
[[inhibition]]
name   = "no name server, no names"
source = ['alertname="check-failing"', 'check="dns"', 'severity="critical"']
target = ['alertname="check-failing"', 'check="resolver"']
equal  = ["site"]
why    = "whoever mends the name server mends the rest"

--- story
10:00  host dns-1 site=hq
       host h-01..40 site=hq
       fire check-failing on h-01..10 check=resolver site=hq "check resolver: timed out"
10:00:15  fire check-failing on dns-1 check=dns site=hq "check dns: no answer from 10.1.0.53"
10:00:45  tell desk open #11 "dns-1"
10:01  fire check-failing on h-11..40 check=resolver site=hq "check resolver: timed out"
       explain #1 "no name server, no names"
10:30  clear check-failing on dns-1 check=dns site=hq
       clear check-failing on h-01..39 check=resolver site=hq
10:31  tell desk open #41 "h-40" 
10:35  tell desk resolve #11
10:40  clear check-failing on h-40 check=resolver site=hq
10:45  tell desk resolve #41
