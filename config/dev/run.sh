#!/bin/bash
# Runs a collector, one agent for this machine and an inbox for tickets, all on loopback.
#
# In:  the folder of the built programs; or --forget, to remove what was stored.
#      VEDETTE_STATE  where everything is kept; default: vedette-dev under the user's state
#      VEDETTE_PORT   the collector's port (9720); the inbox has the next one
#      VEDETTE_STORE  a postgres:// URL: decisions are kept there, not in a file; asked for at the first
#                     start, it is in etc/collector.toml then
# Out: each ticket as it arrives, until Ctrl-C. 0 after that, 2 when something cannot start.
set -uo pipefail

state=${VEDETTE_STATE:-${XDG_STATE_HOME:-$HOME/.local/state}/vedette-dev}
port=${VEDETTE_PORT:-9720}
inbox_port=$((port + 1))
url=http://127.0.0.1:$port
start_limit=60 # seconds

refuse() {
  echo "$*" >&2
  exit 2
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

if [ "${1:-}" = --forget ]; then
  if answers "$port"; then refuse "Something is running on port $port; end it first (Ctrl-C in \`make run\`)."; fi
  rm -rf "${state:?}/collector" "${state:?}/agent" "${state:?}/inbox" "${state:?}"/*.log "${state:?}/etc"
  echo "Forgotten: everything under $state. A database that VEDETTE_STORE named stays as it is."
  exit 0
fi

bin=${1:?usage: run.sh FOLDER-OF-PROGRAMS}
for program in vedette-collector vedette-agent vedette; do
  [ -x "$bin/$program" ] || refuse "$bin/$program is not there; \`make run\` builds it."
done
for taken in "$port" "$inbox_port"; do
  if answers "$taken"; then
    refuse "Port $taken of 127.0.0.1 is in use, perhaps by another \`make run\`; end that, or choose another: make run VEDETTE_PORT=19720"
  fi
done
mkdir -p "$state/etc" || refuse "$state cannot be made; name another place: make run VEDETTE_STATE=FOLDER"

store=
[ -z "${VEDETTE_STORE:-}" ] || store=$'[store]\nurl = "'$VEDETTE_STORE$'"\n'
# Written once: what is changed in them afterwards stays changed.
if [ ! -e "$state/etc/collector.toml" ]; then
  cat >"$state/etc/collector.toml" <<TOML
[server]
listen = "127.0.0.1:$port"

[policy]
dir = "$state/etc"

$store
[access]
anonymous = "operator" # whoever is on this machine may do everything

[[team]]
name   = "it-ops"
ticket = "inbox"

[[receiver]]
name    = "inbox"
profile = "generic"
url     = "http://127.0.0.1:$inbox_port/"
TOML
fi
if ! grep -q "\"127.0.0.1:$port\"" "$state/etc/collector.toml"; then
  refuse "$state/etc/collector.toml listens elsewhere than on 127.0.0.1:$port; change it, or keep a second one apart: make run VEDETTE_STATE=FOLDER"
fi
if [ -n "${VEDETTE_STORE:-}" ] && ! grep -qF "\"$VEDETTE_STORE\"" "$state/etc/collector.toml"; then
  refuse "$state/etc/collector.toml has another store; write the URL into its [store], or keep a second one apart: make run VEDETTE_STATE=FOLDER"
fi
if [ ! -e "$state/etc/agent.toml" ]; then
  cat >"$state/etc/agent.toml" <<TOML
[collector]
urls = ["$url"]
TOML
fi

# Each in a process group of its own: Ctrl-C reaches this script only, and it ends them in order.
set -m
running=()
start() { # NAME COMMAND...
  local name=$1
  shift
  "$@" >>"$state/$name.log" 2>&1 </dev/null &
  running+=("$name:$!")
}

# The agent says goodbye to a collector that still listens; the inbox takes the last delivery.
stop_all() {
  trap '' INT TERM HUP
  local at entry
  for ((at = ${#running[@]} - 1; at >= 0; at--)); do
    entry=${running[at]}
    kill -TERM "${entry#*:}" 2>/dev/null
    wait "${entry#*:}" 2>/dev/null
  done
  if [ -n "${tail_pid:-}" ]; then
    kill "$tail_pid" 2>/dev/null
    wait "$tail_pid" 2>/dev/null
  fi
}
leave() {
  stop_all
  printf '\nAll three have ended. What they stored is under %s; `make clean-state` forgets it.\n' "$state"
  exit 0
}
trap leave INT TERM HUP

# Names the first that is gone, with its last words.
check_all_live() {
  local entry name
  for entry in "${running[@]}"; do
    if ! kill -0 "${entry#*:}" 2>/dev/null; then
      name=${entry%%:*}
      stop_all
      tail -n 5 "$state/$name.log" >&2
      refuse "The $name has ended by itself; its last words are above, all of them in $state/$name.log."
    fi
  done
}
wait_until() { # WHAT COMMAND...
  local what=$1 began=$SECONDS
  shift
  until "$@" >/dev/null 2>&1; do
    check_all_live
    if ((SECONDS - began > start_limit)); then
      stop_all
      refuse "Waited $start_limit s in vain for $what; see the logs in $state."
    fi
    sleep 0.2
  done
}

: >"$state/inbox.log"
start inbox "$bin/vedette-collector" inbox --listen "127.0.0.1:$inbox_port"
wait_until "the inbox to listen" answers "$inbox_port"
start collector "$bin/vedette-collector" run --config "$state/etc/collector.toml" --state-dir "$state/collector"
wait_until "the collector to listen" answers "$port"
start agent "$bin/vedette-agent" run --config "$state/etc/agent.toml" --state-dir "$state/agent"
wait_until "the collector to hear from the agent" env VEDETTE_URL="$url" "$bin/vedette" status --wait=1s

cat <<TEXT

  collector  $url   state in $state/collector
  agent      this machine, $(hostname)   state in $state/agent
  inbox      http://127.0.0.1:$inbox_port   each ticket is shown below
  settings   $state/etc, logs in $state/*.log

vedette is $bin/vedette
All well here. To see a ticket in ten seconds: vedette drill
TEXT

tail -n +1 -f "$state/inbox.log" &
tail_pid=$!
while true; do
  check_all_live
  # A wait that Ctrl-C interrupts; a plain sleep would be waited for first.
  sleep 1 &
  wait $!
done
