# shellcheck shell=bash
# What the checks of this folder share: waiting, ports, and an end for everything they started.
# What they find in their environment: Tests/run-checks.
# shellcheck disable=SC2034  # what is set here is used by the checks
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
data=${NOMORI_DATA:-$root/../shared/data}
export PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8 PATH=$PATH:/usr/sbin
: "${NOMORI_BINARY:?}" "${ORACLE_PYTHON:?}" "${ORACLE_TMP:?}"

# The flood of the demo is 70 h long; at this speed it takes 35 s.
flood_speed=7200
flood_seconds=37

started=()
finish() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do
    (wait_for 10 ended "$pid") 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true
  done
}
trap finish EXIT

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# in_background OUTPUT ERRORS COMMAND…: starts it, and leaves its process id in $last.
in_background() {
  local output=$1 errors=$2
  shift 2
  "$@" >"$output" 2>"$errors" &
  last=$!
  started+=("$last")
}

# wait_for SECONDS COMMAND…: until the command succeeds.
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || fail "not within the time: $*"
    sleep 0.1
  done
}

free_port() {
  "$ORACLE_PYTHON" -c 'import socket
with socket.socket() as s: s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

answers() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

ended() { ! kill -0 "$1" 2>/dev/null; }

# expect_exit CODE PID: waits for the process, which must end within a minute and with this code.
expect_exit() {
  local code=0
  wait_for 60 ended "$2"
  wait "$2" || code=$?
  [ "$code" -eq "$1" ] || fail "exit code $code, expected $1"
}

events() { "$ORACLE_PYTHON" "$here/events.py" "$@"; }

# make_bus NAME DESCRIPTION: units of a serial bus as unknown_bus.py describes them, behind the path
# $ORACLE_TMP/NAME; what is asked of them goes to NAME.requests.
make_bus() {
  in_background "$ORACLE_TMP/$1.out" "$ORACLE_TMP/$1.errors" "$ORACLE_PYTHON" \
    "$here/unknown_bus.py" "$ORACLE_TMP/$1" "$ORACLE_TMP/$1.requests" "$2"
  wait_for 10 test -e "$ORACLE_TMP/$1"
}
