#!/bin/bash
# What the agent costs at a 1 s interval with everything on, against a collector that
# answers, through an outage and after it; and what the agents that Debian ships cost.
#
# BENCH_SECONDS         how long each state is watched; 300
# BENCH_OUTAGE_SECONDS  how long nobody answers; 240: as many rounds as in an hour at 15 s,
#                       which is what memory could depend on; 3600 is a whole hour of them
# BENCH_PEER_SECONDS    how long each of the others is watched; 60, and 0 leaves them out
. "$(dirname "$(readlink -f "$0")")/lib.sh"
. "$here/peers.bash"
need curl curl
need python3 python3
seconds=${BENCH_SECONDS:-300}
outage=${BENCH_OUTAGE_SECONDS:-240}
peer_seconds=${BENCH_PEER_SECONDS:-60}

counting() {
  python3 "$here/collector.py" "$port" "$scratch/seen" >"$scratch/collector.log" 2>&1 &
  collector=$!
  pids+=("$collector")
}
silent() {
  kill "$collector" 2>/dev/null && wait "$collector" 2>/dev/null || true
}
# seen STREAM WHAT: what the collector has counted.
seen() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1])).get(sys.argv[2], 0))' "$scratch/seen" "$1 $2"; }
# said KEY...: what the agent says of itself.
said() { python3 -c '
import json, sys
value = json.load(open(sys.argv[1]))
for key in sys.argv[2:]:
    value = value[key] if isinstance(value, dict) else value
print(value)' "$scratch/state/status.json" "$@"; }
ratio() { awk -v one="$1" -v other="$2" -v form="${3:-%.1f}" 'BEGIN { if (other > 0) printf form, one / other; else printf "-" }'; }
written() { awk '/^write_bytes:/ { print $2 }' "/proc/$agent/io"; }
spooled() { find "$scratch/state/spool" -type f -printf '%s\n' 2>/dev/null | awk '{ sum += $1 } END { print sum + 0 }'; }
table() { printf '  %-58s %14s  %s\n' "$1" "$2" "${3:-}"; }
memory() {
  table "PSS, $1" "$(mebibytes "$(pss "$agent")") MiB" "at most 5"
  table "RssAnon, $1" "$(mebibytes "$(anon "$agent")") MiB" "at most 2.5"
}

machine
printf 'everything on, 1 s interval; watched for %s s, nobody answers for %s s\n' "$seconds" "$outage"
port=$(free_port)
counting
cat >"$scratch/agent.toml" <<TOML
[collector]
urls = ["http://127.0.0.1:$port"]
[report]
interval = "1s"
[[check]]
name = "collector"
kind = "tcp"
target = "127.0.0.1:$port"
every = "15s"
[[check]]
name = "self"
kind = "process"
target = "vedette-agent"
every = "15s"
TOML
# As its unit sets it.
export MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=65536 MALLOC_TOP_PAD_=16384
"$bin/vedette-agent" check --config "$scratch/agent.toml" >"$scratch/check.log" 2>&1 || { cat "$scratch/check.log" >&2; exit 1; }
"$bin/vedette-agent" run --config "$scratch/agent.toml" --state-dir "$scratch/state" 2>"$scratch/agent.log" &
agent=$!
pids+=("$agent")
sleep 10

# Of every second a line: its threads and its open files.
: >"$scratch/each_second"
before=$(ticks "$agent")
alone() { awk '{ print $14 + $15 }' "/proc/$agent/stat"; }
before_alone=$(alone)
for _ in $(seq "$seconds"); do
  sleep 1
  echo "$(awk '/^Threads:/ { print $2 }' "/proc/$agent/status") $(ls "/proc/$agent/fd" | wc -l)" >>"$scratch/each_second"
done
used=$(($(ticks "$agent") - before))
used_alone=$(($(alone) - before_alone))
table "stripped binary" "$(stat -c %s "$bin/vedette-agent" | awk '{ printf "%.1f MB", $1 / 1e6 }')" "at most 5"
table "start to first report sent, median of 7" "$(python3 "$here/first_report.py" "$bin/vedette-agent" "$scratch" 7) ms" "at most 200"
memory "after $((seconds + 10)) s"
table "processor time per second of one core" "$(per_second "$used_alone" "$seconds") ms" "at most 2.5"
table "the same with all it runs: systemctl, apt, ..." "$(per_second "$used" "$seconds") ms"
# of_seconds COLUMN SHARE: the value that this share of the seconds does not pass.
of_seconds() { sort -n -k "$1,$1" "$scratch/each_second" | awk -v column="$1" -v share="$2" '{ value[NR] = $column } END { print value[int((NR - 1) * share) + 1] }'; }
table "threads / open files, median of the seconds" "$(of_seconds 1 0.5) / $(of_seconds 2 0.5)" "at most 3 / 32"
table "the same, the worst second" "$(of_seconds 1 1) / $(of_seconds 2 1)" "one more for what takes over 100 ms"
table "samples in a round" "$(ratio "$(seen live samples)" "$(seen live rounds)" %.0f)"
table "on the wire, per sample, live: one round in each report" "$(ratio "$(seen live wire_bytes)" "$(seen live samples)") bytes" "aim under 6"
per_round=$(ratio "$(seen live samples)" "$(seen live rounds)" %f)

silent
sleep 2
from_disk=$(spooled)
from_written=$(written)
from_rounds=$(said spool samples)
sleep "$outage"
rounds=$(($(said spool samples) - from_rounds))
grown=$(($(spooled) - from_disk))
samples=$(awk -v rounds="$rounds" -v each="$per_round" 'BEGIN { printf "%d", rounds * each }')
memory "after an outage of $rounds rounds"
table "in the spool, per sample" "$(ratio "$grown" "$samples") bytes"
table "written to disk for each byte kept, status included" "$(ratio "$(($(written) - from_written))" "$grown")"
counting
for _ in $(seq 120); do
  sleep 1
  [ "$(said spool samples)" -gt 1 ] || break
done
table "on the wire, per sample, backlog: many rounds in each" "$(ratio "$(seen backlog wire_bytes)" "$(seen backlog samples)") bytes" "aim under 6"
table "rounds that still wait a while after it" "$(said spool samples)"
memory "when all of them are sent"

[ "$peer_seconds" -gt 0 ] || exit 0
unset MALLOC_ARENA_MAX MALLOC_TRIM_THRESHOLD_ MALLOC_TOP_PAD_
install_peers
printf '\nthe same second, for %s s each; PSS and processor time of all its processes\n' "$peer_seconds"
weigh_head "agent"
weigh "vedette-agent" "$agent" "$bin/vedette-agent" "$peer_seconds"
compare_peers "$peer_seconds"
