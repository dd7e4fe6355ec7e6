#!/bin/bash
# How much the collector takes: reports, known alerts, new alerts (durable before the answer), commits.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need wrk wrk
need curl curl
seconds=${BENCH_SECONDS:-10}
machine
collector
export RUN
# load SCRIPT CONNECTIONS: requests per second, and how many were not answered with 2xx.
load() {
  wrk -t2 -c"$2" -d"${seconds}s" -s "$here/$1" "http://127.0.0.1:$port" >"$scratch/wrk"
  awk '/^Requests\/sec:/ { rate = $2 } /Non-2xx/ { bad = $NF } END { printf "%d requests/s", rate; if (bad) printf ", %d refused", bad }' "$scratch/wrk"
}
HOSTS=500 row "reports of 60 samples, 16 connections (1,000 hosts)" "$(HOSTS=500 load report.lua 16)"
RUN=known
row "first round of 2 x 20,000 alerts, batches of 64, 16 connections" "$(BATCH=64 DISTINCT=20000 load alert.lua 16)"
row "known alerts again, batches of 64, 16 connections" "$(BATCH=64 DISTINCT=20000 load alert.lua 16)"
row "known alerts again, single, 16 connections" "$(BATCH=1 DISTINCT=20000 load alert.lua 16)"
before=$(metric vedette_alerts)
RUN=new
row "new alerts, single, 64 connections" "$(BATCH=1 DISTINCT=0 load alert.lua 64)"
row "  of these made durable per second" "$((($(metric vedette_alerts) - before) / seconds))"
before=$(metric vedette_alerts)
RUN=newbatch
row "new alerts, batches of 64, 16 connections" "$(BATCH=64 DISTINCT=0 load alert.lua 16)"
row "  of these made durable per second" "$((($(metric vedette_alerts) - before) / seconds))"
curl -fsS "http://127.0.0.1:$port/metrics" | grep '^vedette_commit_duration_seconds' | tail -30 >"$scratch/commits" || true
quantile() {
  awk -v q="$1" '
    /_bucket/ { match($1, /le="[^"]*"/); le[++n] = substr($1, RSTART + 4, RLENGTH - 5); count[n] = $2; total = $2 }
    END { for (i = 1; i <= n; i++) if (count[i] >= q * total) { printf "at most %s s", le[i]; exit } }' "$scratch/commits"
}
row "commits, p50 (bucket)" "$(quantile 0.5)"
row "commits, p99 (bucket)" "$(quantile 0.99)"
row "memory after it (PSS)" "$(pss "$collector" | awk '{ printf "%.0f MiB", $1 / 1024 }')"
