#!/bin/bash
# Makes the Debian package of the agent from a program that is built already.
#
# In:  $1 the program, $2 the folder for the package; further options go to cargo-deb.
#      With --prepare alone: only makes sure that cargo-deb is there.
# Out: the path of the package on standard output. What it is made of stands in
#      agent/Cargo.toml. Installs cargo-deb below the target folder when there is none.
set -euo pipefail

usage="usage: $0 PROGRAM FOLDER [OPTION...] | --prepare"
here=$(dirname "$(readlink -f "$0")")
workspace=$(readlink -f "$here/../..")
tools=${CARGO_TARGET_DIR:-$workspace/target}/tools

deb=$(command -v cargo-deb || echo "$tools/bin/cargo-deb")
if [ ! -x "$deb" ]; then
  echo "Installing cargo-deb below $tools" >&2
  # A debug build is made in half the time, and packs as small: xz does that.
  cargo install --quiet --locked --debug --no-default-features --root "$tools" cargo-deb --version '^3' >&2
fi
if [ "${1:?$usage}" = --prepare ]; then exit 0; fi

program=$(readlink -f "$1")
folder=${2:?$usage}
shift 2
mkdir -p "$folder"
folder=$(readlink -f "$folder")
# cargo-deb takes programs from a target folder only.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/release"
cp "$program" "$scratch/release/vedette-agent"
cd "$workspace"
CARGO_TARGET_DIR=$scratch "$deb" -p vedette-agent --no-build --output "$folder/" "$@"
