#!/bin/bash
# Builds the agent for Windows and tries it under wine: check, once, run.
#
# In:  nothing. Out: 0 when all of it works, 1 when something does not; 0 with a word when
#      this machine has no toolchain for it. Nothing else depends on this.
# Left out is what wine leaves out: the processor's counters (see gaps.c) and volumes.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cd "$here/../.."
triple=x86_64-pc-windows-gnu

without() {
  echo "$1; nothing is tried"
  exit 0
}
rustc --print target-libdir --target $triple 2>/dev/null | xargs test -d 2>/dev/null ||
  rustup target add $triple 2>/dev/null || without "the toolchain has no target $triple"
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  for package in gcc-mingw-w64-x86-64-win32 wine wine64; do
    dpkg-query -W -f='${Status}' $package 2>/dev/null | grep -q '^install ok installed$' ||
      DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $package >/dev/null 2>&1 </dev/null || true
  done
fi
gcc=$(command -v x86_64-w64-mingw32-gcc) || without "mingw-w64 is missing (Debian: apt-get install gcc-mingw-w64-x86-64-win32)"

cargo build --target $triple -p vedette-agent
wine=$(command -v wine) || without "it builds; wine is missing (Debian: apt-get install wine wine64)"

scratch=$(mktemp -d)
pids=()
leave() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
  # Ends what wine has started for this folder, and nothing else.
  WINEPREFIX=$scratch/wine wineserver --kill 2>/dev/null || true
  rm -rf "$scratch"
}
trap leave EXIT
export WINEPREFIX=$scratch/wine WINEDEBUG=-all WINEDLLOVERRIDES="pdh=n"
cp "${CARGO_TARGET_DIR:-target}/$triple/debug/vedette-agent.exe" "$scratch/"
"$gcc" -shared -DRANDOM -o "$scratch/bcryptprimitives.dll" "$here/gaps.c" -ladvapi32
"$gcc" -shared -o "$scratch/pdh.dll" "$here/gaps.c"
agent() { timeout 120 "$wine" "$scratch/vedette-agent.exe" "$@"; }
failed() {
  echo "FAILED: $1" >&2
  exit 1
}

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf '[collector]\nurls = ["http://127.0.0.1:%s"]\n[report]\ninterval = "1s"\n' "$port" >"$scratch/agent.toml"
printf '[report]\nintervall = "1s"\n' >"$scratch/bad.toml"

agent check "$scratch/agent.toml" || failed "check of good settings"
code=0
agent check "$scratch/bad.toml" >"$scratch/findings" || code=$?
[ $code -eq 2 ] && grep -q 'did you mean `interval`' "$scratch/findings" || failed "check of bad settings: $(cat "$scratch/findings")"

agent once --config "$scratch/agent.toml" --json >"$scratch/once.json" || [ $? -eq 1 ] || failed "once"
python3 - "$scratch/once.json" <<'PYTHON' || failed "what once saw"
import json, sys
round = json.load(open(sys.argv[1]))
values = {each["name"]: each["value"] for each in round["samples"]}
for probe in round["probes"]:
    print("  ", probe["probe"], probe["looked"])
assert values["system.uptime"] > 0 and values["system.memory.limit"] > 0, values
assert values["system.cpu.logical.count"] > 0, values
PYTHON

python3 "$here/../bench/collector.py" "$port" "$scratch/seen" &
pids+=($!)
"$wine" "$scratch/vedette-agent.exe" run --config "$scratch/agent.toml" --state-dir "$scratch/state" 2>"$scratch/log" &
pids+=($!)
for _ in $(seq 60); do
  sleep 1
  rounds=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["live rounds"])' "$scratch/seen" 2>/dev/null || echo 0)
  [ "$rounds" -lt 3 ] || break
done
[ "$rounds" -ge 3 ] || failed "run: $rounds rounds were reported: $(cat "$scratch/log")"
agent status --state-dir "$scratch/state" | head -4
echo "check, once and run work under $("$wine" --version)"
