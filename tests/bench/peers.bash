# The agents that Debian ships, as small as they go, for comparison (sourced).
#
# In:  what lib.sh gives. Out: one row each by `weigh`; what is started here listens on
#      127.0.0.1 only and is in `pids`. Each looks once a second, or is asked to.
#      As root, what is missing is installed, and nothing of it is started as a service.

peer_packages=(prometheus-node-exporter zabbix-agent collectd-core monit)

install_peers() {
  local missing=() package policy=/usr/sbin/policy-rc.d made=
  for package in "${peer_packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || return 0
  # 101: no service is started.
  if [ ! -e $policy ]; then
    made=yes
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
  fi
  DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}" >"$scratch/apt.log" 2>&1 </dev/null ||
    echo "${missing[*]} cannot be installed, and are not compared" >&2
  if [ -n "$made" ]; then rm -f $policy; fi
}

# Everybody started by a process, and itself. Some end while one looks; they count as nothing.
family() {
  local child
  echo "$1"
  for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do family "$child"; done
}
# sum FAMILY-OF FILE-BELOW-/proc/PID LINE
sum() {
  local pid
  for pid in $(family "$1"); do awk -v line="$3" '$1 == line { print $2 }' "/proc/$pid/$2" 2>/dev/null || true; done | awk '{ sum += $1 } END { print sum + 0 }'
}
# Processor time of a family and of its children that have ended, in ticks.
ticks() {
  local pid
  for pid in $(family "$1"); do awk '{ print $14 + $15 + $16 + $17 }' "/proc/$pid/stat" 2>/dev/null || true; done | awk '{ sum += $1 } END { print sum + 0 }'
}
open_files() {
  local pid
  for pid in $(family "$1"); do ls "/proc/$pid/fd" 2>/dev/null || true; done | wc -l
}
per_second() { awk -v used="$1" -v hz="$(getconf CLK_TCK)" -v seconds="$2" 'BEGIN { printf "%.2f", used * 1000 / hz / seconds }'; }
mebibytes() { awk -v kib="$1" 'BEGIN { printf "%.1f", kib / 1024 }'; }

# Zabbix takes no port above 32767.
low_port() {
  python3 -c '
import random, socket
while True:
    port = random.randrange(20000, 32000)
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        continue
    print(port)
    break'
}
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] + 0 }'; }

weigh_head() { printf '  %-26s %9s %9s %10s %8s %6s %9s\n' "$1" "PSS MiB" "anon MiB" "CPU ms/s" "threads" "files" "binary MB"; }
# weigh NAME PID PROGRAM SECONDS: watches for so long, and prints a row; of what changes
# from second to second the median. What it runs for a moment is in the processor time.
weigh() {
  local before used seen=$scratch/weighed
  if ! kill -0 "$2" 2>/dev/null; then
    printf '  %-26s did not start\n' "$1"
    return 0
  fi
  : >"$seen"
  before=$(ticks "$2")
  for _ in $(seq "$4"); do
    sleep 1
    echo "$(sum "$2" smaps_rollup Pss:) $(sum "$2" status RssAnon:) $(sum "$2" status Threads:) $(open_files "$2")" >>"$seen"
  done
  used=$(($(ticks "$2") - before))
  column() { awk -v column="$1" '{ print $column }' "$seen" | median; }
  printf '  %-26s %9s %9s %10s %8s %6s %9s\n' "$1" \
    "$(mebibytes "$(column 1)")" "$(mebibytes "$(column 2)")" "$(per_second "$used" "$4")" "$(column 3)" "$(column 4)" \
    "$(stat -Lc %s "$3" | awk '{ printf "%.1f", $1 / 1e6 }')"
}

# Asks every second what a server of the field would ask.
ask_zabbix() {
  exec python3 - "$1" <<'PYTHON'
import socket, struct, sys, time
items = ["system.uptime", "system.cpu.load[all,avg1]", "system.cpu.util[,user]", "vm.memory.size[available]",
         "system.swap.size[,pfree]", "vfs.fs.size[/,pused]", "vfs.fs.inode[/,pfree]", "net.if.in[lo]",
         "net.if.out[lo]", "proc.num[]", "kernel.maxproc", "system.localtime"]
while True:
    for item in items:
        try:
            with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2) as server:
                server.sendall(b"ZBXD\1" + struct.pack("<Q", len(item)) + item.encode())
                while server.recv(4096):
                    pass
        except OSError:
            pass
    time.sleep(1)
PYTHON
}

compare_peers() {
  local seconds=$1 asked
  asked=$(free_port)
  if command -v prometheus-node-exporter >/dev/null; then
    prometheus-node-exporter --web.listen-address="127.0.0.1:$asked" >"$scratch/node.log" 2>&1 &
    local node=$!
    pids+=("$node")
    (while sleep 1; do curl -fsS -o /dev/null "http://127.0.0.1:$asked/metrics" 2>/dev/null || true; done) &
    pids+=($!)
    sleep 3
    weigh "node_exporter $(version prometheus-node-exporter)" "$node" "$(command -v prometheus-node-exporter)" "$seconds"
  fi
  asked=$(low_port)
  if command -v zabbix_agentd >/dev/null; then
    printf '%s\n' "Server=127.0.0.1" "ListenIP=127.0.0.1" "ListenPort=$asked" "LogType=console" \
      "PidFile=$scratch/zabbix.pid" "AllowRoot=1" >"$scratch/zabbix.conf"
    zabbix_agentd --foreground --config "$scratch/zabbix.conf" >"$scratch/zabbix.log" 2>&1 &
    local zabbix=$!
    pids+=("$zabbix")
    ask_zabbix "$asked" >/dev/null 2>&1 &
    pids+=($!)
    sleep 3
    weigh "zabbix-agent $(version zabbix-agent)" "$zabbix" "$(command -v zabbix_agentd)" "$seconds"
  fi
  if command -v collectd >/dev/null; then
    {
      printf 'Hostname "bench"\nFQDNLookup false\nInterval 1\nBaseDir "%s"\nPIDFile "%s/collectd.pid"\n' "$scratch" "$scratch"
      printf 'LoadPlugin %s\n' cpu load memory swap df disk interface processes uptime vmem network
      printf '<Plugin network>\n  Server "127.0.0.1" "%s"\n</Plugin>\n' "$(free_port)"
    } >"$scratch/collectd.conf"
    collectd -f -C "$scratch/collectd.conf" >"$scratch/collectd.log" 2>&1 &
    local collectd=$!
    pids+=("$collectd")
    sleep 3
    weigh "collectd $(version collectd-core)" "$collectd" "$(command -v collectd)" "$seconds"
  fi
  if command -v monit >/dev/null; then
    printf '%s\n' "set daemon 1" "set log $scratch/monit.log" "set pidfile $scratch/monit.pid" \
      "set idfile $scratch/monit.id" "set statefile $scratch/monit.state" "check system bench" \
      "  if memory usage > 99% then alert" "  if cpu usage > 99% then alert" \
      "check filesystem root with path /" "  if space usage > 99% then alert" \
      "check network lo with interface lo" >"$scratch/monitrc"
    chmod 600 "$scratch/monitrc"
    monit -I -c "$scratch/monitrc" >"$scratch/monit.out" 2>&1 &
    local monit=$!
    pids+=("$monit")
    sleep 3
    weigh "monit $(version monit)" "$monit" "$(command -v monit)" "$seconds"
  fi
}
version() { dpkg-query -W -f='${Version}' "$1" 2>/dev/null | sed 's/^[0-9]*://; s/[-+~].*//'; }
