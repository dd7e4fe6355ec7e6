#!/bin/bash
# Runs a PostgreSQL of its own (Debian's packages) until its standard input ends.
#
# In:  PORT   a port of 127.0.0.1 to listen on beside its socket; 0: on the socket only
#      cheap | durable   whether it waits for the disk, as in production
# Out: lines on standard output: `dir DIR` once, where its socket is (port 5432, or PORT), server.crt
#      of its TLS, and its log; then `ready` whenever it takes connections, `down` when it has ended.
# Obeys lines on standard input: `crash` ends it as pg_ctl stop -m immediate does, `stop` politely,
# `freeze` and `thaw` stop and continue all of it, `start` starts it again. At the end of the input it
# is ended and all of it is removed. Superuser: vedette, whom everybody is here; only `guarded` has to
# give a password, by TCP.
# PG_TEMPLATES names a folder where the freshly made cluster is kept for the next call; without it
# nothing is kept.
set -euo pipefail

port=${1:?usage: postgres-up.sh PORT cheap|durable}
how=${2:?usage: postgres-up.sh PORT cheap|durable}
socket_port=$port
[ "$port" -ne 0 ] || socket_port=5432

bin=$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
bin=${bin%/initdb}
[ -n "$bin" ] || bin=$(pg_config --bindir)
# It refuses to run as root.
as=()
if [ "$(id -u)" -eq 0 ]; then
  user=postgres
  id "$user" >/dev/null 2>&1 || user=nobody
  as=(setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups)
fi

# Not in a folder of the caller's: another user must reach it, and a socket's path is short.
dir=$(mktemp -d /tmp/vedette-postgres.XXXXXX)
chmod 755 "$dir"
[ ${#as[@]} -eq 0 ] || chown "$user" "$dir"
data=$dir/data
export PGDATA=$data
# Whatever locale the caller has, it may not be made here.
export LC_ALL=C.UTF-8

make_template() {
  local fresh=$dir/fresh
  "${as[@]}" "$bin/initdb" --pgdata="$fresh" --no-sync --username=vedette --auth=trust \
    --encoding=UTF8 --locale=C.UTF-8 --wal-segsize=1 --no-instructions </dev/null >"$dir/initdb.log" 2>&1 ||
    { cat "$dir/initdb.log" >&2; return 1; }
  cat >"$fresh/pg_hba.conf" <<HBA
local all all trust
host all guarded 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
HBA
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \
    -keyout "$fresh/server.key" -out "$fresh/server.crt" </dev/null >"$dir/openssl.log" 2>&1 ||
    { cat "$dir/openssl.log" >&2; return 1; }
  chmod 600 "$fresh/server.key"
  [ ${#as[@]} -eq 0 ] || chown "$user" "$fresh/server.key" "$fresh/server.crt"
  rm -rf "$template"
  cp -a "$fresh" "$template.new"
  mv "$template.new" "$template"
  rm -rf "$fresh"
}

# Another release, or another script, needs another one; so does a certificate that ends.
stamp=$({ "$bin/postgres" --version; cat "${BASH_SOURCE[0]}"; id -u ${user:+"$user"}; } | sha256sum | cut -c1-12)
templates=${PG_TEMPLATES:-$dir}
mkdir -p "$templates"
template=$templates/cluster-$stamp
(
  flock 9
  openssl x509 -checkend 86400 -noout -in "$template/server.crt" >/dev/null 2>&1 || make_template
) 9>"$templates/cluster-$stamp.lock"
cp -a "$template" "$data"
cp "$data/server.crt" "$dir/server.crt"
cat >>"$data/postgresql.conf" <<CONF
listen_addresses = '$([ "$port" -eq 0 ] || echo 127.0.0.1)'
port = $socket_port
unix_socket_directories = '$dir'
ssl = on
shared_buffers = 16MB
max_connections = 40
fsync = $([ "$how" = durable ] && echo on || echo off)
full_page_writes = $([ "$how" = durable ] && echo on || echo off)
max_wal_size = 256MB
logging_collector = off
CONF

server=
start() {
  "${as[@]}" "$bin/postgres" >>"$dir/log" 2>&1 </dev/null &
  server=$!
  until "$bin/pg_isready" --quiet --host="$dir" --port="$socket_port"; do
    kill -0 "$server" 2>/dev/null || { tail -n 20 "$dir/log" >&2; return 1; }
    sleep 0.05
  done
  echo ready
}
# The signals are those of pg_ctl: QUIT is immediate, INT is fast.
end() { # SIGNAL
  [ -n "$server" ] || return 0
  signal_all CONT
  kill -"$1" "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
  echo down
}
signal_all() { # SIGNAL
  local children
  mapfile -t children < <(grep -ls "^PPid:[[:space:]]*$server\$" /proc/[0-9]*/status | cut -d/ -f3)
  # Those that have ended meanwhile are gone.
  kill -"$1" "$server" "${children[@]}" 2>/dev/null || true
}
leave() {
  end QUIT >/dev/null || true
  rm -rf "$dir"
}
trap leave EXIT
trap 'exit 143' TERM INT HUP

echo "dir $dir"
start
while read -r order; do
  case $order in
    crash) end QUIT ;;
    stop) end INT ;;
    start) start ;;
    freeze) signal_all STOP; echo frozen ;;
    thaw) signal_all CONT; echo thawed ;;
    *) echo "unknown: $order" >&2 ;;
  esac
done
