#!/usr/bin/env bash
# run-unit.sh PROGRAM -- one criterion program: a line of summary, and all that it said if it failed.
#
# Criterion passes a test that leaks, and a filter that matches nothing: both fail here.
set -u
cd "$(dirname "$0")/.." || exit

program=$(realpath "${1:?usage: run-unit.sh PROGRAM}")
log=$program.log
status=0
"$program" --verbose=0 -j2 --timeout 120 >"$log" 2>&1 || status=$?
summary=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -a 'Synthesis:' | tail -n 1 | sed 's/^.*Synthesis: //')
tested=$(sed -n 's/^Tested: \([0-9]*\).*/\1/p' <<<"$summary")

printf 'unit %-11s %s\n' "$(basename "$program")" "${summary:-ended without a summary, status $status}"
if [ "$status" != 0 ] || [ "${tested:-0}" = 0 ]; then
    cat "$log"
    exit 1
fi
! scripts/find-report.sh "$log"
