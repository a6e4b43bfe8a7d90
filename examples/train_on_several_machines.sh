#!/usr/bin/env bash
# Trains one network with two workers. Here both run on this machine; on two machines, start one line on each, with
# their addresses in place of 127.0.0.1.
#
#     examples/train_on_several_machines.sh photos/ runs/together [options of `effnetv2 train`]
set -euo pipefail
photos="$1" run="$2"
shift 2
workers=127.0.0.1:9400,127.0.0.1:9401

effnetv2 train "$photos" --out "$run" --workers "$workers" --worker-index 1 "$@" > /dev/null &
other=$!
trap 'kill "$other" 2> /dev/null || true' EXIT
effnetv2 train "$photos" --out "$run" --workers "$workers" --worker-index 0 "$@" # the chief: it writes the run
wait "$other"
