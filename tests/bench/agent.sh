#!/bin/bash
# What the agent costs at a 1 s interval against a collector that answers.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need curl curl
seconds=${BENCH_SECONDS:-60}
machine
collector
cat >"$scratch/agent.toml" <<TOML
[collector]
urls = ["http://127.0.0.1:$port"]
[report]
interval = "1s"
TOML
"$bin/vedette-agent" run --config "$scratch/agent.toml" --state-dir "$scratch/agent" 2>"$scratch/agent.log" &
agent=$!
pids+=("$agent")
sleep 5
ticks() { awk '{ print $14 + $15 }' "/proc/$agent/stat"; }
before=$(ticks)
sleep "$seconds"
used=$(($(ticks) - before))
row "PSS after $((seconds + 5)) s" "$(pss "$agent" | awk '{ printf "%.1f MiB", $1 / 1024 }')"
row "RssAnon" "$(anon "$agent" | awk '{ printf "%.1f MiB", $1 / 1024 }')"
row "processor time per second (of one core; the clock ticks at 10 ms)" "$(awk -v used=$used -v hz="$(getconf CLK_TCK)" -v seconds="$seconds" 'BEGIN { printf "%.2f ms", used * 1000 / hz / seconds }')"
row "threads / open files" "$(awk '/^Threads:/ { print $2 }' "/proc/$agent/status") / $(ls "/proc/$agent/fd" | wc -l)"
row "rounds acknowledged" "$(metric vedette_reports_total)"
