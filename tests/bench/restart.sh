#!/bin/bash
# From start to serving with 100,000 incidents open.
#
# In:  $1, the folder of the programs; BENCH_INCIDENTS (100000), BENCH_RUNS (5).
# Out: a table: time from exec to the first 200 of /-/ready, median of the runs; memory then.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need curl curl
incidents=${BENCH_INCIDENTS:-100000}
runs=${BENCH_RUNS:-5}
machine

settings='[timers]
ticket_per = "alert"
[alerts]
resolve_timeout = "2h"
[[team]]
name = "it-ops"
ticket = "desk"
[[receiver]]
name = "desk"
profile = "generic"
url = "http://127.0.0.1:9/"'
collector "$settings"
python3 - "$port" "$incidents" <<'PY'
import http.client, json, sys
port, incidents = int(sys.argv[1]), int(sys.argv[2])
connection = http.client.HTTPConnection("127.0.0.1", port)
for first in range(0, incidents, 500):
    alerts = [{"labels": {"alertname": "LinkDown", "severity": "critical", "host": f"sw-{at}", "site": "hq"},
               "annotations": {"summary": "the link is down"}}
              for at in range(first, min(first + 500, incidents))]
    connection.request("POST", "/api/v2/alerts", json.dumps(alerts), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, (answer.status, body)
PY
row "open before" "$(metric vedette_incidents) incidents, PSS $(pss "$collector" | awk '{ printf "%.0f MiB", $1 / 1024 }')"
kill -TERM "$collector"
wait "$collector" || true

times=()
for _ in $(seq "$runs"); do
  port=$(free_port)
  sed -i "s/^listen = .*/listen = \"127.0.0.1:$port\"/" "$scratch/etc/collector.toml"
  begun=$(date +%s%N)
  "$bin/vedette-collector" run --config "$scratch/etc/collector.toml" --state-dir "$scratch/state" 2>"$scratch/collector.log" &
  collector=$!
  pids+=("$collector")
  until curl -fsS -o /dev/null "http://127.0.0.1:$port/-/ready" 2>/dev/null; do sleep 0.01; done
  times+=("$((($(date +%s%N) - begun) / 1000000))")
  memory=$(pss "$collector")
  open=$(metric vedette_incidents)
  kill -TERM "$collector"
  wait "$collector" || true
done
median=$(printf '%s\n' "${times[@]}" | sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }')
row "start to serving, median of $runs" "$median ms ($open incidents, PSS $((memory / 1024)) MiB)"
