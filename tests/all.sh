#!/bin/bash
# Runs all tests, with cargo-nextest where it is installed, and names what was skipped.
#
# In:  programs already built (`cargo build --workspace --bins`). Out: 0 when nothing failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The world asks cargo for the programs of each test otherwise.
export VEDETTE_BUILT=1
VEDETTE_SKIPPED=$(mktemp)
export VEDETTE_SKIPPED
trap 'rm -f "$VEDETTE_SKIPPED"' EXIT

# Is there an example in a doc comment? Only an opening fence of Rust is one.
has_doc_tests() {
  find agent collector config tests -name '*.rs' -path '*/src/*' -exec awk '
    FNR == 1 { inside = 0 }
    /^ *\/\/[\/!] *```/ { if (!inside && $0 ~ /```(rust|no_run|should_panic|compile_fail)?$/) found = 1; inside = !inside }
    END { exit !found }' {} +
}

code=0
if cargo nextest --version >/dev/null 2>&1; then
  if has_doc_tests; then
    cargo test --doc --workspace || code=$?
  fi
  cargo nextest run --workspace --no-fail-fast || code=$?
else
  cargo test --workspace --no-fail-fast || code=$?
fi

if [ -s "$VEDETTE_SKIPPED" ]; then
  printf '\nNot tested on this machine:\n'
  sort -u "$VEDETTE_SKIPPED"
fi
exit "$code"
