#!/usr/bin/env bash
# run-quickstart-redis.sh BUILD -- a Redis of its own, a worker for each function, and the quickstart gateway before them.
# Ctrl-C ends it all, in the order in which nothing is lost: gateway, workers, Redis.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:?usage: run-quickstart-redis.sh BUILD}
state=${LAMBDAGATE_QUICKSTART:-$build/quickstart}
mkdir -p "$state"
state=$(realpath "$state")
export LAMBDAGATE_QUICKSTART=$state
export ITEMS_DB=${ITEMS_DB:-$state/items.db}
export LAMBDAGATE_REDIS=unix:$state/redis.sock
redis='' gateway='' workers=()

end() { # end PID ...
    for pid in "$@"; do kill "$pid" 2>/dev/null || true; done
    for pid in "$@"; do wait "$pid" || true; done
}

stop() {
    trap '' INT TERM
    [ -z "$gateway" ] || end "$gateway"
    [ ${#workers[@]} = 0 ] || end "${workers[@]}"
    [ -z "$redis" ] || end "$redis"
}
trap stop EXIT
trap 'exit 0' INT TERM

# In a session of its own: Ctrl-C is for us, and Redis goes last.
setsid redis-server --port 0 --unixsocket "$state/redis.sock" --unixsocketperm 600 --dir "$state" \
    --save '' --appendonly yes --maxmemory-policy noeviction --logfile "$state/redis.log" --daemonize no &
redis=$!

# They read the quickstart for the keys of tokens too, which are made at the first start.
"$build/lambdagate" token --quickstart --raw >/dev/null
for function in put-item get-item replace-item me echo; do
    "$build/lambdagate" worker --redis "$LAMBDAGATE_REDIS" --function "$function" \
        --config conf/quickstart.yaml &
    workers+=($!)
done

scripts/run-quickstart.sh "$build" conf/quickstart-redis.yaml &
gateway=$!
wait "$gateway"
