# Who owns an alert from outside can follow from its labels; what a host is called decides its cluster

--- enrichment.toml
[[enrichment]]
name    = "databases of Prometheus belong to the linux team"
match   = ['alertname=~"Postgres.*"']
set     = { team = "linux" }

--- story
10:00  post alertname=PostgresDown instance=db-7 severity=critical for 2h
       tell linux-desk open #1
       incident #1 open team linux
       end alertname=PostgresDown instance=db-7 severity=critical
       tell linux-desk resolve #1
