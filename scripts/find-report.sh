#!/usr/bin/env bash
# find-report.sh FILE -- succeeds, and shows it, if FILE holds a report of a sanitizer.
set -u

words='ERROR: [A-Za-z]*Sanitizer|WARNING: (Thread|Memory)Sanitizer|runtime error:'
if grep -qaE "$words" "${1:?usage: find-report.sh FILE}"; then
    echo "--- a sanitizer's report in $1"
    grep -aE -A 60 "$words" "$1" | head -n 120
    exit 0
fi
exit 1
