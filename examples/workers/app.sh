# app.sh -- handlers for bootstrap.sh
# shellcheck shell=sh

# The event as it came.
echo_event() {
    cat
}

# Counts the bytes of the event: a result that was computed.
measure() {
    printf '{"bytes": %d}' "$(wc -c)"
}

# A function error: the caller gets errorType HandlerError.
refuse() {
    echo "refused, and here is why" >&2
    return 3
}
