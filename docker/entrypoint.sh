#!/bin/sh
# Runs Centrale, and starts it again when it is killed: Asterisk runs beside it and keeps its
# calls meanwhile, and the next start takes them over. Any other end ends the container.
set -u

stopping=
trap 'stopping=yes; kill -TERM "$child" 2>/dev/null' TERM INT

while :; do
    centrale run "$@" &
    child=$!
    wait "$child"
    status=$?
    # A signal to this script ends `wait` early; Centrale is then still putting things in order.
    while kill -0 "$child" 2>/dev/null; do
        wait "$child"
        status=$?
    done
    # Above 128: ended by a signal, so it did not choose to end.
    [ -z "$stopping" ] && [ "$status" -gt 128 ] || exit "$status"
    echo "centrale: ended by signal $((status - 128)); starting again." >&2
    sleep 1
done
