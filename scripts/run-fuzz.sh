#!/usr/bin/env bash
# run-fuzz.sh BUILD SECONDS -- every fuzzer of BUILD for so long, from a copy of its seeds.
#
# Seeds are the files of tests/fuzz/seeds/NAME. What a fuzzer finds stays in BUILD/fuzz/found.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

build=$(realpath "${1:?usage: run-fuzz.sh BUILD SECONDS}")
seconds=${2:?usage: run-fuzz.sh BUILD SECONDS}
failed=0
count=0

run_fuzzer() { # run_fuzzer FILE
    local name corpus found log seeds
    name=$(basename "$1")
    corpus=$build/fuzz/corpus/$name
    found=$build/fuzz/found
    log=$1.log
    mkdir -p "$corpus" "$found"
    for seeds in "tests/fuzz/seeds/${name#fuzz_}" "tests/fuzz/seeds/$name"; do
        [ -d "$seeds" ] && cp "$seeds"/* "$corpus"/
    done
    if "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 \
        -artifact_prefix="$found/$name-" -print_final_stats=1 "$corpus" >"$log" 2>&1; then
        echo "fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs, nothing found"
    else
        echo "fuzz $name: FAILED"
        tail -n 60 "$log"
        return 1
    fi
}

for program in "$build"/fuzz/fuzz_*; do
    { [ -x "$program" ] && [ -f "$program" ]; } || continue
    case $program in *.log) continue ;; esac
    count=$((count + 1))
    run_fuzzer "$program" || failed=$((failed + 1))
done
if [ "$count" = 0 ]; then
    echo "fuzz: there are no fuzzers in $build/fuzz"
    exit 1
fi
echo "fuzz: $((count - failed)) passed, $failed failed"
[ "$failed" = 0 ]
