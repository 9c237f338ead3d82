#!/bin/sh
# FN=echo sh worker.sh ./handler     the event on standard input, the result on standard output
R="redis-cli -e --raw -u ${REDIS_URL:-redis://127.0.0.1:6379}"
while :; do
    $R ZADD "lg:w:{$FN}" "$(date +%s)" "$(hostname):$$" >/dev/null
    message=$($R BLPOP "lg:q:{$FN}" 10) || { sleep 1; continue; }
    [ -n "$message" ] || continue
    line=$(printf '%s\n' "$message" | sed -n 2p)
    id=$(printf %s "$line" | sed 's/.*"id":"\([^"]*\)".*/\1/')
    to=$(printf %s "$line" | sed 's/.*"reply":"\([^"]*\)".*/\1/')
    if out=$(printf '%s\n' "$message" | tail -n +3 | "$@"); then
        status=ok
    else
        status=error out='{"errorType":"Exit","errorMessage":"the handler failed"}'
    fi
    printf '{"id":"%s","status":"%s"}\n%s' "$id" "$status" "$out" | $R -x RPUSH "$to" >/dev/null
done
