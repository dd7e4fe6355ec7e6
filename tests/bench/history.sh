#!/bin/bash
# The history of samples: bytes a sample, samples written a second, and what it costs ingest.
#
# The values are a real agent's: it is recorded here at a 1 s interval, and what it measured is
# repeated 15 s apart for many hosts.
#
# In:  $1, the folder of the programs, named like the profile they were built with (release,
#      quick, debug); BENCH_SECONDS (300), how long is recorded, or BENCH_REPORTS, a file recorded before;
#      BENCH_HOSTS (200), BENCH_HOURS (6).
# Out: a table. Ingest is measured with and without a history, on the same two cores.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need python3 python3
need wrk wrk
machine
reports=${BENCH_REPORTS:-$scratch/reports}
if [ ! -s "$reports" ]; then
  port=$(free_port)
  python3 "$here/record.py" "$port" "$reports" &
  pids+=("$!")
  printf '[collector]\nurls = ["http://127.0.0.1:%s"]\n[report]\ninterval = "1s"\n' "$port" >"$scratch/agent.toml"
  "$bin/vedette-agent" run --config "$scratch/agent.toml" --state-dir "$scratch/agent" 2>"$scratch/agent.log" &
  pids+=("$!")
  sleep "${BENCH_SECONDS:-300}"
fi
profile=$(basename "$bin")
cargo build --quiet --profile "${profile/debug/dev}" -p vedette-collector --example history_bench
"$bin/examples/history_bench" "$reports" "${BENCH_HOSTS:-200}" "${BENCH_HOURS:-6}" "$scratch"

export RUN
for kept in 1GiB 0B 1GiB 0B; do
  collector "[store]
history_at_most = \"$kept\""
  HOSTS=500 wrk -t2 -c16 -d10s -s "$here/report.lua" "http://127.0.0.1:$port" >"$scratch/wrk"
  rate=$(awk '/^Requests\/sec:/ { printf "%d", $2 }' "$scratch/wrk")
  row "reports of 60 samples a second, with a history of $kept" "$rate, dropped $(metric vedette_history_samples_dropped_total) samples"
  kill -TERM "$collector"
  wait "$collector" || true
  rm -rf "$scratch/state"
done
