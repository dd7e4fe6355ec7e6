#!/bin/bash
# Makes the Python environment with the Roundup that the tests run, once.
#
# In:  DIR  where it is kept; made when absent
# Out: DIR/bin/roundup-server and roundup-admin; 1 when it cannot be had here.
set -euo pipefail

dir=${1:?usage: venv.sh DIR}
version=2.6.0
[ -e "$dir/is-$version" ] && exit 0
mkdir -p "$(dirname "$dir")"
rm -rf "$dir"
if ! python3 -m venv "$dir" || ! "$dir/bin/pip" install -q --disable-pip-version-check "roundup==$version"; then
  rm -rf "$dir"
  exit 1
fi
touch "$dir/is-$version"
