#!/bin/bash
# Runs a Roundup tracker (SQLite) on a loopback port until it is ended.
#
# In:  VENV  as venv.sh makes it
#      DIR   where this one keeps its home and log; made when absent
#      PORT  a free port of 127.0.0.1
#      RATE  calls/seconds of each user ("5/10"), or 0/3600 for no limit
# Out: the server, in the foreground, as this very process. Users collector and operator, with
#      their own names as passwords; issues have `alert_key`, which an auditor keeps unique.
set -euo pipefail

venv=${1:?usage: roundup-up.sh VENV DIR PORT RATE}
dir=${2:?usage: roundup-up.sh VENV DIR PORT RATE}
port=${3:?usage: roundup-up.sh VENV DIR PORT RATE}
rate=${4:?usage: roundup-up.sh VENV DIR PORT RATE}
home=$dir/home
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$dir"
# Making a tracker takes many seconds, copying one none. Another form of it is another template.
template=$venv/tracker-$(sha256sum "$here/roundup-up.sh" | cut -c1-12)

make_template() {
  local fresh=$template.new
  admin() { "$venv/bin/roundup-admin" -i "$fresh" "$@" </dev/null >>"$dir/setup.log" 2>&1; }
  rm -rf "$fresh"
  admin install classic sqlite "tracker_web=http://127.0.0.1:1/tests/,mail_domain=tests.invalid,mail_host=127.0.0.1,tracker_email=tests@tests.invalid,mail_debug=/dev/null,instant_registration=no"
  sed -i 's/^\( *\)assignedto=Link("user"),/&\n\1alert_key=String(indexme="no"),/' "$fresh/schema.py"
  cat >"$fresh/detectors/one_ticket_a_key.py" <<'PY'
from roundup.exceptions import Reject


def one_ticket_a_key(db, cl, nodeid, new):
    key = new.get("alert_key")
    if key and any(
        found != nodeid
        for found in cl.filter(None, {"alert_key": key}, exact_match_spec={"alert_key": key})
    ):
        raise Reject("alert_key %s already in use" % key)


def init(db):
    db.issue.audit("create", one_ticket_a_key)
    db.issue.audit("set", one_ticket_a_key)
PY
  admin initialise admin
  local user
  for user in collector operator; do
    admin create user "username=$user" "password=$user" roles=User "address=$user@tests.invalid"
  done
  mv "$fresh" "$template"
}

# Several tests may come here at once: the first makes it, the others wait for it.
(
  flock 9
  [ -d "$template" ] || make_template || {
    tail -n 20 "$dir/setup.log" >&2
    echo "Roundup's tracker could not be set up; the reason is above." >&2
    exit 1
  }
) 9>"$venv/tracker.lock"

cp -a "$template" "$home"
sed -i "s|^web = .*|web = http://127.0.0.1:$port/tests/|; s|^api_calls_per_interval = .*|api_calls_per_interval = ${rate%/*}|; s|^api_interval_in_sec = .*|api_interval_in_sec = ${rate#*/}|" "$home/config.ini"
as=()
if [ "$(id -u)" = 0 ]; then
  # Roundup does not serve as root.
  chown -R nobody:nogroup "$home"
  chmod a+x "$dir"
  as=(-u nobody -g nogroup)
fi
exec "$venv/bin/roundup-server" -n 127.0.0.1 -p "$port" -t thread "${as[@]}" "tests=$home"
