#!/bin/bash
# Runs one command under a heading, and says how long it took and whether it failed.
#
# In:  a title, then the command. Out: the command's own exit code.
set -uo pipefail

title=$1
shift
printf '\n==> %s\n' "$title"
began=$SECONDS
"$@"
code=$?
if [ $code -eq 0 ]; then
  printf '    %s: done in %d s\n' "$title" $((SECONDS - began))
else
  printf '    %s: FAILED after %d s\n' "$title" $((SECONDS - began)) >&2
fi
exit $code
