# What the bench scripts share (sourced): a collector of its own, one table at the end.
#
# In:  $1, the folder of the release programs.
# Out: rows printed by `row`; everything started here is ended by its id.
set -euo pipefail

bin=$(readlink -f "${1:?usage: $0 FOLDER-OF-PROGRAMS}")
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
scratch=$(mktemp -d)
pids=()

leave() {
  local pid
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
  rm -rf "$scratch"
}
trap leave EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# need PROGRAM PACKAGE: says which package brings a missing program.
need() {
  command -v "$1" >/dev/null && return
  echo "$1 is missing; install Debian's package $2" >&2
  exit 2
}

# collector [MORE-TOML]: starts one on $port with its state in $scratch; its id is in $collector.
collector() {
  port=$(free_port)
  mkdir -p "$scratch/etc"
  cat >"$scratch/etc/collector.toml" <<TOML
[server]
listen = "127.0.0.1:$port"
[policy]
dir = "$scratch/etc"
[access]
anonymous = "operator"
${1:-}
TOML
  "$bin/vedette-collector" run --config "$scratch/etc/collector.toml" --state-dir "$scratch/state" 2>"$scratch/collector.log" &
  collector=$!
  pids+=("$collector")
  for _ in $(seq 100); do
    curl -fsS -o /dev/null "http://127.0.0.1:$port/-/ready" 2>/dev/null && return
    sleep 0.1
  done
  tail -5 "$scratch/collector.log" >&2
  exit 1
}

# metric NAME: the sum of a metric of the collector.
metric() {
  curl -fsS "http://127.0.0.1:$port/metrics" | awk -v name="$1" '$1 == name || index($1, name "{") == 1 { sum += $2 } END { printf "%d", sum }'
}

# pss PID: KiB.
pss() { awk '/^Pss:/ { print $2 }' "/proc/$1/smaps_rollup"; }
anon() { awk '/^RssAnon:/ { print $2 }' "/proc/$1/status"; }

row() { printf '  %-62s %s\n' "$1" "$2"; }
machine() {
  printf '%s, %s cores, %s\n' "$(date -u +%F)" "$(nproc)" "$(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo)"
}
