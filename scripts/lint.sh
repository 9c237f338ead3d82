#!/usr/bin/env bash
# lint.sh [quick] -- everything that is judged without running it. LINT_FLAGS: flags of the compiler.
# LINT_FOLDERS: the folders of daemon/, lowest first.
#
# quick: without what walks every path through a function (clang-analyzer, cppcheck), which takes
# ten times as long as all the rest.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

mapfile -t sources < <(find daemon cli plugins tests -name '*.c' 2>/dev/null | sort)
mapfile -t product < <(find daemon cli plugins -name '*.c' 2>/dev/null | sort)
mapfile -t product_all < <(find daemon cli plugins -name '*.[ch]' 2>/dev/null | sort)
mapfile -t all < <(find daemon cli plugins tests -name '*.[ch]' 2>/dev/null | sort)
mapfile -t scripts < <(find scripts .ci examples tests -type f \( -name '*.sh' -o -name run \) | sort)
quick=${1:-}
failed=()

step() { # step NAME COMMAND...
    local name=$1
    shift
    if "$@"; then
        echo "lint $name: ok"
    else
        echo "lint $name: FAILED"
        failed+=("$name")
    fi
}

check_format() {
    clang-format --dry-run -Werror "${all[@]}"
}

check_tidy() {
    local folder=build/lint
    mkdir -p "$folder"
    printf '%s\n' "${LINT_FLAGS:--std=c11}" | xargs -n 1 printf '%s\n' |
        sed "s|^-I\([^/]\)|-I$PWD/\1|" >"$folder/compile_flags.txt"
    printf '%s\0' "${product[@]}" |
        xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p "$folder" \
            ${quick:+--checks=-clang-analyzer-*} 2>"$folder/tidy.log"
}

check_cppcheck() {
    cppcheck --quiet --std=c11 --language=c --enable=warning,performance,portability \
        --inline-suppr --error-exitcode=1 -j "$(nproc)" -Idaemon -D__GNUC__ \
        --suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches \
        "${product[@]}"
}

# A function begins with `{` and ends with `}` in the first column: the format sees to that.
check_length() {
    awk -v most=80 '
        FNR == 1 { start = 0 }
        /^\{/ { start = FNR }
        /^\}/ {
            if (start && FNR - start - 1 > most) {
                printf "%s:%d: a function of %d lines, at most %d\n", FILENAME, start, FNR - start - 1, most
                bad = 1
            }
            start = 0
        }
        END { exit bad }' "${product_all[@]}"
}

# What has no place here: unbounded copies, hidden state, the shell, predictable numbers.
banned='strcpy|strcat|stpcpy|sprintf|vsprintf|gets|strtok|system|popen|rand|srand|random|atoi|atol|atoll|atof|alloca|setlocale|asctime|ctime|localtime|gmtime|tmpnam|mktemp|tempnam|usleep|sleep'
check_banned() {
    local found
    found=$(grep -nE "(^|[^A-Za-z0-9_>.])($banned)[[:space:]]*\(" "${product_all[@]}" |
        grep -vE '^[^:]+:[0-9]+:[[:space:]]*(/?\*|//)')
    [ -z "$found" ] || {
        echo "$found"
        return 1
    }
}

check_first_comment() {
    local file bad=0
    for file in "${product_all[@]}"; do
        case $(head -n 1 "$file") in
        '/*'*) ;;
        *)
            echo "$file:1: does not begin with a comment that says what the file is for"
            bad=1
            ;;
        esac
    done
    return "$bad"
}

# A folder knows those below it; what must travel up is a callback.
check_order() {
    awk -v folders="${LINT_FOLDERS:-}" '
        BEGIN { for (n = split(folders, list, " "); n; n--) floor[list[n]] = n }
        FNR == 1 { split(FILENAME, part, "/"); own = part[2] }
        /^#include "[a-z_]+\// {
            split($2, path, /["\/]/)
            if (!(path[2] in floor) || floor[path[2]] > floor[own]) {
                printf "%s:%d: %s/ stands below %s/\n", FILENAME, FNR, own, path[2]
                bad = 1
            }
        }
        END { exit bad }' daemon/*/*.[ch]
}

step format check_format
step order check_order
step length check_length
step banned-calls check_banned
step first-comment check_first_comment
step shellcheck shellcheck "${scripts[@]}"
[ -n "$quick" ] || step cppcheck check_cppcheck
step clang-tidy check_tidy

if [ ${#failed[@]} -gt 0 ]; then
    echo "lint: FAILED: ${failed[*]}"
    exit 1
fi
echo "lint: ${#sources[@]} C files, ${#scripts[@]} scripts, all well"
