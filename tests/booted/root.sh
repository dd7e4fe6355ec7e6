#!/bin/bash
# Makes the small Debian system that the tests of the service boot; once.
#
# In:  $1 the folder it shall be in. What is there already is kept.
# Out: 0 when it is there; 3 when this machine cannot make it, with why on standard error.
#      A system made half is not left behind.
set -euo pipefail

root=${1:?usage: $0 FOLDER}
[ -e "$root/etc/debian_version" ] && exit 0

cannot() {
  echo "$1" >&2
  exit 3
}
[ "$(id -u)" -eq 0 ] || cannot "only root can make a Debian system"
for program in debootstrap systemd-nspawn; do
  command -v $program >/dev/null || cannot "$program is missing (Debian: apt-get install debootstrap systemd-container)"
done

mkdir -p "$(dirname "$root")"
# Two at once do not disturb each other; the first to be ready stays.
work=$(mktemp -d "$root.XXXXXX")
tidy() {
  umount "$work/memory" 2>/dev/null || true
  rm -rf "$work"
}
trap tidy EXIT
mkdir "$work/memory"
# dpkg syncs every file to disk, which is most of the time where the disk is slow.
mount -t tmpfs -o size=1g,mode=755 vedette-test "$work/memory" || true
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus "$suite" "$work/memory" >"$work/log" 2>&1 || {
  tail -n 5 "$work/log" >&2
  cannot "debootstrap failed; the reason is above"
}
# Packages that are installed need no second copy; each test copies the whole system.
rm -rf "$work"/memory/var/cache/apt/archives/*.deb "$work"/memory/var/lib/apt/lists/*
cp -a "$work/memory" "$work/root"
mv -T "$work/root" "$root" 2>/dev/null || [ -e "$root/etc/debian_version" ]
