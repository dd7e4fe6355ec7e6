#!/bin/bash
# How large the programs are.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
machine
for program in vedette-agent vedette-collector vedette; do
  row "$program, stripped" "$(stat -c %s "$bin/$program" | awk '{ printf "%.1f MB", $1 / 1e6 }')"
done
