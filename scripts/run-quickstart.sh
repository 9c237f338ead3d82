#!/usr/bin/env bash
# run-quickstart.sh BUILD [CONFIGURATION] -- starts the quickstart gateway and says what to try. Ctrl-C ends it all.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:?usage: run-quickstart.sh BUILD [CONFIGURATION]}
configuration=${2:-conf/quickstart.yaml}
listen=${LAMBDAGATE_LISTEN:-127.0.0.1:8080}
admin=${LAMBDAGATE_ADMIN:-127.0.0.1:8081}
export ITEMS_DB=${ITEMS_DB:-$(realpath "$build")/quickstart/items.db}

ask_admin() { # ask_admin PATH
    case $admin in
    /*) curl -fsS --max-time 2 --unix-socket "$admin" "http://localhost$1" ;;
    *) curl -fsS --max-time 2 "http://$admin$1" ;;
    esac >/dev/null 2>&1
}

say_what_to_try() {
    cat <<TEXT

  lambdagate runs: http://$listen, health and Invoke API on $admin.
  NOTE: invoke_auth is none: whoever reaches $admin may invoke every function.

  Try, in another terminal:

    curl -i http://$listen/ping
    curl -i http://$listen/items --json '{"id": "pen-1", "name": "Pen", "price": 1.5}'
    curl -i http://$listen/items/pen-1
    curl -i http://$listen/items/nothing
    curl -i http://$listen/items --json '{"id": "pen-1"}'
    curl -i 'http://$listen/echo?color=blue' -d hello
    curl -i http://$listen/docs/lambda/latest/dg/welcome.html
    curl -i http://$listen/nowhere
    TOKEN=\$($build/lambdagate token --quickstart)
    curl -i http://$listen/me -H "authorization: Bearer \$TOKEN"
    curl -i -X PUT http://$listen/items/pen-1 -H "authorization: Bearer \$TOKEN" \\
         --json '{"name": "Pen", "price": 2}'
    $build/lambdagate invoke echo --admin $admin --data '{"hello": "you"}' --log
    curl -s http://$admin/metrics

  The configuration is $configuration, the handlers are examples/tutorial/app.py.
  Ctrl-C stops everything.

TEXT
}

wait_and_say() { # wait_and_say PID
    for _ in $(seq 100); do
        kill -0 "$1" 2>/dev/null || return 0
        if ask_admin /readyz; then
            say_what_to_try
            return 0
        fi
        sleep 0.1
    done
}

# The key pair for tokens is made at the first start; the configuration reads its public half.
"$build/lambdagate" token --quickstart --raw >/dev/null

# The daemon takes the place of this script, so that Ctrl-C and every other signal reach it; the
# inner shell is nobody's child, so that the daemon need not know of it.
(wait_and_say $$ &)
exec "$build/lambdagated" "$configuration"
