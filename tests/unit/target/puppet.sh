#!/bin/sh
# A worker process on strings: tells where it is, and does what it reads from its own fifo.
mkfifo "$DIR/$$.in" || exit 99
exec 3<>"$DIR/$$.in"
echo "$AWS_LAMBDA_RUNTIME_API" >"$DIR/$$.tmp" && mv "$DIR/$$.tmp" "$DIR/$$.up"
while :; do # a signal ends a read, not the loop
    read -r line <&3 && eval "$line"
done
