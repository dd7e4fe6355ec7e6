#!/bin/sh
# Asks every disk how it is, as root, and leaves the answers for the agent, which is not root.
#
# In:  nothing. Out: a file of smartctl's JSON for each disk in /run/vedette-smart, each
#      whole or not at all. A disk that sleeps is not woken.
set -eu
umask 022
folder=${RUNTIME_DIRECTORY:-/run/vedette-smart}

smartctl --scan | while read -r device _ type _; do
	name=$(basename "$device")
	case $type in
	*,*) name="$name-${type##*,}" ;; # one of several behind a RAID controller
	esac
	# Its exit code is a set of flags that stand in the answer, too.
	smartctl --json=c --nocheck=standby --all --device="$type" "$device" >"$folder/.$name" || true
	mv "$folder/.$name" "$folder/$name.json"
done
