#!/usr/bin/env bash
# run-fuzz.sh BUILD SECONDS -- every fuzzer of BUILD for so long, from a copy of its seeds.
#
# Seeds are the files of tests/fuzz/seeds/NAME. What a fuzzer finds stays in BUILD/fuzz/found.
# As many run side by side as there are processors.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

build=$(realpath "${1:?usage: run-fuzz.sh BUILD SECONDS [PROGRAM]}")
seconds=${2:?usage: run-fuzz.sh BUILD SECONDS [PROGRAM]}

run_fuzzer() { # run_fuzzer FILE
    local name corpus found log
    name=$(basename "$1")
    corpus=$build/fuzz/corpus/$name
    found=$build/fuzz/found
    log=$1.log
    mkdir -p "$corpus" "$found"
    if [ -d "tests/fuzz/seeds/${name#fuzz_}" ]; then
        cp "tests/fuzz/seeds/${name#fuzz_}"/* "$corpus"/
    fi
    if "$1" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=16384 \
        -artifact_prefix="$found/$name-" -print_final_stats=1 "$corpus" >"$log" 2>&1; then
        echo "fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs, nothing found"
    else
        echo "fuzz $name: FAILED; the input that did it is in $found"
        tail -n 60 "$log"
        return 1
    fi
}

if [ $# -gt 2 ]; then
    run_fuzzer "$3"
    exit
fi

mapfile -t programs < <(find "$build/fuzz" -maxdepth 1 -name 'fuzz_*' -type f -executable | sort)
if [ ${#programs[@]} = 0 ]; then
    echo "fuzz: there are no fuzzers in $build/fuzz"
    exit 1
fi
printf '%s\0' "${programs[@]}" | xargs -0 -n 1 -P "$(nproc)" scripts/run-fuzz.sh "$build" "$seconds"
