#!/bin/bash
# Makes sure that what the tests need is on this machine, as Debian packages by name.
#
# In:  nothing. VEDETTE_NEED=skip leaves the machine as it is.
# Out: 0 when everything is there, or when this user may not install (then it
#      says what is missing, and the tests that need it say that they are skipped);
#      1 when an installation was tried and failed.
# Never starts a service, and installs only what is missing.
set -euo pipefail

# A linker and a C compiler for SQLite and ring, a real ticket system, a real Prometheus, a real database.
# python3-venv: another ticket system, Roundup, is no longer in Debian and comes from PyPI.
# dbconfig-no-thanks: RT's package sets up no database of its own.
# tzdata: texts are in the zone of the site.
# msmtp-mta: what RT's package needs of a mail system, without a daemon.
# The plugins that the agent's checks run, and the device they ask.
# debootstrap, systemd-container: a Debian that is booted, for the agent as a service.
packages=(gcc libc6-dev
  debootstrap systemd-container
  request-tracker5 rt5-db-sqlite rt5-standalone dbconfig-no-thanks msmtp-mta
  python3-venv
  prometheus
  postgresql
  tzdata
  monitoring-plugins-basic monitoring-plugins-standard snmpd snmp openssl)

installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'; }

# What is made once and kept in the target folder: a Debian to boot, a packer of packages, Roundup.
make_once() {
  local here target
  here=$(dirname "$(readlink -f "$0")")
  target=${CARGO_TARGET_DIR:-$here/../target}
  if ! "$here/booted/root.sh" "$target/booted/debian"; then
    echo "The tests of the agent as a service are skipped."
  elif ! "$here/../agent/packaging/deb.sh" --prepare; then
    echo "cargo-deb cannot be installed: the tests of the package are skipped."
  fi
  if ! "$here/roundup/venv.sh" "$target/roundup"; then
    echo "Roundup cannot be installed: its tests are skipped."
  fi
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  echo "This is not a Debian system: the tests with Request Tracker, Prometheus, PostgreSQL, a booted Debian, monitoring plugins and snmpd are skipped unless they are there."
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "Everything the tests need is installed."
  make_once
  exit 0
fi
if [ "$(id -u)" -ne 0 ] || [ "${VEDETTE_NEED:-}" = skip ]; then
  echo "Missing: ${missing[*]}"
  echo "The tests that need them are skipped. To run them: sudo apt-get install --no-install-recommends ${missing[*]}"
  exit 0
fi

# Debian asks this script whether a service may start; 101 means no. One that is there already is kept.
policy=/usr/sbin/policy-rc.d
log=$(mktemp)
tidy() {
  rm -f "$log"
  if [ -n "${policy_made:-}" ]; then rm -f "$policy"; fi
}
trap tidy EXIT
if [ ! -e "$policy" ]; then
  policy_made=yes
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
apt() { apt-get -q -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 </dev/null; }

echo "Installing ${missing[*]}"
apt update || { sleep 5; apt update; } || echo "The package lists could not be refreshed; going on with those that are here." >&2
if ! apt install -y --no-install-recommends "${missing[@]}"; then
  tail -n 20 "$log" >&2
  echo "Installing ${missing[*]} failed; the reason is above. To test without them: make test VEDETTE_NEED=skip" >&2
  exit 1
fi
echo "Installed."
make_once
