#!/bin/bash
# The engine alone: decisions a second on one core, and memory, with 100,000 incidents open.
#
# In:  $1, the folder of the programs (not used: it is built here); BENCH_INCIDENTS (100000).
# Out: a table. Openings, ends and joins count the answer of the ticket system as well.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
machine
cargo build --quiet --release -p vedette-triage --example engine_bench
"${CARGO_TARGET_DIR:-$here/../../target}/release/examples/engine_bench" "${BENCH_INCIDENTS:-100000}"
