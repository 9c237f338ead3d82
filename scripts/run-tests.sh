#!/usr/bin/env bash
# run-tests.sh BUILD unit|flow|fault|interop|interop-smoke... -- runs the tests that were built in BUILD.
#
# unit: every criterion program, side by side, one line of summary for each.
# flow: the real programs over real sockets, and the bootstraps of runtimes/ on their own.
# fault: processes, Redis and links between them are killed, stopped and cut while calls are counted;
# fault-long: the same at random for FAULT_SECONDS seconds (600).
# interop: the real daemon with clients that others wrote; interop-smoke: a few of these tests.
# A report of a sanitizer fails the run even where the test that caused it passed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

build=$(realpath "${1:?usage: run-tests.sh BUILD unit|flow|fault|interop|interop-smoke...}")
shift
python=${PYTHON:-/usr/bin/python3}
reports=$build/reports
cores=$(nproc)
failed=0

# --- reports of sanitizers -----------------------------------------------------------------------

rm -rf "$reports"
mkdir -p "$reports"
tell_reports() { # tell_reports FILE... : fails and shows them if there is any report inside
    local file found=0
    for file in "$@"; do
        if [ -f "$file" ] && scripts/find-report.sh "$file"; then
            found=1
        fi
    done
    return "$found"
}

# --- unit ------------------------------------------------------------------------------------------

run_units() {
    local programs
    mapfile -t programs < <(find "$build/unit" -maxdepth 1 -type f -executable 2>/dev/null | sort)
    if [ ${#programs[@]} = 0 ]; then
        echo "unit: there are no programs in $build/unit"
        return 1
    fi
    printf '%s\0' "${programs[@]}" | xargs -0 -n 1 -P "$cores" scripts/run-unit.sh
}

# --- flow ------------------------------------------------------------------------------------------

flow_folders() {
    local folder
    for folder in tests/flow tests/runtimes; do
        compgen -G "$folder/test_*.py" >/dev/null && echo "$folder"
    done
}

run_pytest() { # run_pytest ARGUMENT...
    local status=0 start=()
    # The daemon and the command write their reports into files of their own; what they run does not
    # inherit these variables.
    export ASAN_OPTIONS="log_path=$reports/asan:detect_leaks=1:${ASAN_OPTIONS:-}"
    export UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1:${UBSAN_OPTIONS:-}"
    export TSAN_OPTIONS="log_path=$reports/tsan:second_deadlock_stack=1:${TSAN_OPTIONS:-}"
    export LAMBDAGATE_BUILD=$build PYTHONDONTWRITEBYTECODE=1
    # ThreadSanitizer wants its shadow where a fully random layout may have put something else.
    if grep -qa __tsan_init "$build/lambdagated" && setarch -R true 2>/dev/null; then
        start=(setarch -R)
    fi
    "${start[@]}" "$python" -m pytest -q -n "${FLOW_JOBS:-$cores}" \
        -c tests/pytest.ini --rootdir . "$@" || status=$?
    tell_reports "$reports"/* || status=1
    return "$status"
}

run_flows() {
    local folders
    mapfile -t folders < <(flow_folders)
    run_pytest --dist loadfile "${folders[@]}"
}

# --- fault -----------------------------------------------------------------------------------------

run_faults() { # run_faults short|long
    if [ "$1" = short ]; then
        run_pytest -m "not long" tests/fault
    else
        FLOW_JOBS=0 run_pytest -s -o faulthandler_timeout=0 -m long tests/fault
    fi
}

# --- interop: what must be installed first is installed outside the tree, see tests/interop/clients.py

run_interop() { # run_interop smoke|full
    local some=()
    [ "$1" = full ] || some=(-m smoke)
    "$python" -B tests/interop/clients.py "$1" || return
    run_pytest -rs --dist loadgroup "${some[@]}" tests/interop
}

for part in "$@"; do
    case $part in
    unit) run_units || failed=1 ;;
    flow) run_flows || failed=1 ;;
    fault) run_faults short || failed=1 ;;
    fault-long) run_faults long || failed=1 ;;
    interop) run_interop full || failed=1 ;;
    interop-smoke) run_interop smoke || failed=1 ;;
    *)
        echo "run-tests.sh: no such part: $part (unit, flow, fault, fault-long, interop, interop-smoke)" >&2
        exit 2
        ;;
    esac
done
[ "$failed" = 0 ] || echo "FAILED: see above"
exit "$failed"
