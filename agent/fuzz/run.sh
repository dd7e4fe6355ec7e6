#!/bin/bash
# Runs every fuzz target for SECONDS (first argument, 60 when there is none), each beginning
# with its seeds and with what earlier runs have found. Ends with 1 at the first finding; the
# input that made it lies below `artifacts/`.
set -euo pipefail

cd "$(dirname "$0")"
seconds=${1:-60}

if ! rustc +nightly --version >/dev/null 2>&1; then
    echo "make fuzz: a nightly toolchain is needed: rustup toolchain install nightly" >&2
    exit 2
fi
if ! cargo fuzz --version >/dev/null 2>&1; then
    echo "make fuzz: cargo-fuzz is needed: cargo install --locked cargo-fuzz" >&2
    exit 2
fi

# No sanitizer: there is no unsafe code of ours for it to watch, and it halves the speed.
for target in targets/*.rs; do
    name=$(basename "$target" .rs)
    mkdir -p "corpus/$name"
    echo "--- $name, $seconds s"
    cargo +nightly fuzz run --fuzz-dir . --sanitizer none "$name" "corpus/$name" "seeds/$name" -- \
        -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1
done
