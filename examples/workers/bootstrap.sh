#!/bin/sh
# bootstrap.sh -- a Lambda runtime in POSIX sh: `command: [./bootstrap.sh]`, handler: FILE.FUNCTION
#
# FILE.sh in the function's directory defines FUNCTION. It gets the event on standard input and
# prints the result, which must be JSON. What it writes to standard error goes to the log. Status 0 is
# a result; any other is a function error. Needs curl and nothing else; runs on AWS as `bootstrap`.
set -u

runtime="http://${AWS_LAMBDA_RUNTIME_API:?this runs under lambdagate or on AWS Lambda}/2018-06-01/runtime"
file=${_HANDLER%.*}.sh
function=${_HANDLER##*.}

folder=$(mktemp -d "${TMPDIR:-/tmp}/bootstrap.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 0' TERM INT

fail() { # fail PATH TYPE MESSAGE: MESSAGE holds nothing that JSON would have to escape
    printf '{"errorType":"%s","errorMessage":"%s","stackTrace":[]}' "$2" "$3" |
        curl -sS -o /dev/null -H "Lambda-Runtime-Function-Error-Type: $2" --data-binary @- "$runtime/$1"
}

cd "${LAMBDA_TASK_ROOT:-.}" || exit 1
if ! [ -r "$file" ]; then
    fail init/error Runtime.ImportModuleError "there is no $file"
    exit 1
fi
# shellcheck source=/dev/null
. "./$file"

while :; do
    # The call waits until there is an event: no time limit.
    curl -sS -f -D "$folder/head" -o "$folder/event" "$runtime/invocation/next" || exit 1
    id=$(tr -d '\r' <"$folder/head" | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: *//p')
    _X_AMZN_TRACE_ID=$(tr -d '\r' <"$folder/head" | sed -n 's/^[Ll]ambda-[Rr]untime-[Tt]race-[Ii]d: *//p')
    export _X_AMZN_TRACE_ID
    # In a shell of its own, so that a handler that exits ends its call and not this worker.
    ("$function" <"$folder/event" >"$folder/result")
    status=$?
    if [ "$status" = 0 ]; then
        curl -sS -o /dev/null -H 'Content-Type: application/json' --data-binary "@$folder/result" \
            "$runtime/invocation/$id/response"
    else
        fail "invocation/$id/error" HandlerError "$function ended with status $status"
    fi
done
