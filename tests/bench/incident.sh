#!/bin/bash
# One incident of 20,000 alerts against 20,000 incidents of one: the speed of taking them, and memory.
#
# In:  $1, the folder of the programs; BENCH_ALERTS (20000).
# Out: a table; both sides run one after the other on a collector of their own, over one connection.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need curl curl
alerts=${BENCH_ALERTS:-20000}
batch=64
machine

# posts: a curl configuration that sends all alerts, a batch a request.
posts() {
  awk -v alerts="$alerts" -v batch="$batch" -v dir="$scratch" -v port="$port" '
    function end_batch() {
      printf "]" >file; close(file)
      if (requests++) print "next"
      printf "url = \"http://127.0.0.1:%d/api/v2/alerts\"\nheader = \"Content-Type: application/json\"\n", port
      printf "data-binary = \"@%s\"\nfail\nsilent\noutput = \"/dev/null\"\n", file
    }
    BEGIN {
      for (at = 0; at < alerts; at++) {
        if (at % batch == 0) { file = dir "/post-" int(at / batch); printf "[" >file }
        if (at % batch) printf "," >file
        printf "{\"labels\":{\"alertname\":\"LinkDown\",\"severity\":\"critical\",\"host\":\"sw-%d\"}}", at >file
        if (at % batch == batch - 1 || at == alerts - 1) end_batch()
      }
    }' >"$scratch/curl"
}

# side NAME TICKET-PER: takes all of them; the rate is in $rate.
side() {
  rm -rf "${scratch:?}/state"
  collector "[timers]
join_gap = \"1h\"
[[team]]
name = \"it-ops\"
[[route]]
name = \"all\"
ticket = \"team\"
ticket_per = \"$2\""
  posts
  local begun
  begun=$(date +%s%N)
  curl -K "$scratch/curl"
  rate=$((alerts * 1000000000 / ($(date +%s%N) - begun)))
  row "$1" "$rate alerts/s, $(metric vedette_incidents) incidents, PSS $(pss "$collector" | awk '{ printf "%.0f MiB", $1 / 1024 }')"
  kill -TERM "$collector"
  wait "$collector" || true
}
side "$alerts incidents of one alert" alert
apart=$rate
side "one incident of $alerts alerts" route
row "speed of the one against the many" "$((rate * 100 / apart)) %"
