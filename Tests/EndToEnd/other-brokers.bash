# shellcheck shell=bash disable=SC2154
# Sourced by the checks of brokers other than mosquitto: a whole gateway in front of such a broker,
# which speaks MQTT 3.1.1 only. The check defines start_broker, which starts it on $port with what it
# kept, waits until it answers and leaves its process id in $broker, and `kept TOPIC`, which prints what
# the broker gives a new subscriber. $port, $broker and $separator are the check's.
# shellcheck source=Tests/EndToEnd/common.bash
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"

# listen NAME TOPIC…: what is published from now on goes to $ORACLE_TMP/NAME, topic and payload. The
# session is kept by the broker, which mosquitto_sub looks for again by itself.
listen() {
  local name=$1 topics=() topic
  shift
  for topic in "$@"; do topics+=(-t "nomori/v1/$topic"); done
  in_background "$ORACLE_TMP/$name" /dev/null mosquitto_sub -h 127.0.0.1 -p "$port" -V mqttv311 \
    -i "$name" -c -q 1 -v "${topics[@]}"
}

# published NAME TOPIC TEXT: a line of that topic that has the text.
published() { grep -q "^nomori/v1/river-nagi/$2 .*$3" "$ORACLE_TMP/$1"; }

# numbers NAME: the numbers of the events, each once, in their order.
numbers() { sed -n 's/^[^ ]*\/event .*"id":"river-nagi-[^"]*-\([0-9]*\)".*/\1/p' "$ORACLE_TMP/$1" | sort -nu; }

# unbroken NAME: no event is missing from the first to the last.
unbroken() {
  local found
  found=$(numbers "$1")
  [ "$found" = "$(seq "$(head -n 1 <<<"$found")" "$(tail -n 1 <<<"$found")")" ] ||
    fail "events are missing: $found"
}

set_level() { echo "river.level = $1" >&3; }

run_gateway() {
  in_background "$ORACLE_TMP/run.out" "$ORACLE_TMP/run.err" "$NOMORI_BINARY" run \
    "$ORACLE_TMP/site.yaml" --language en
  gateway=$last
}

# give_order COMMAND…: a command of `nomori order`, which the gateway must take.
give_order() {
  "$NOMORI_BINARY" order "$@" --site river-nagi --operator sato --port "$port" \
    --id-separator "$separator" >"$ORACLE_TMP/order" 2>&1 || fail "order $1: $(cat "$ORACLE_TMP/order")"
}

# converse: events, retained states, commands, an outage, the last will and a planned stop, with the ids
# in topics as $separator says.
converse() {
  local level lamp died simulation
  case $separator in
    slash) level=river/level lamp=alarm/river/stage ;;
    dash) level=river-level lamp=alarm/river-stage ;;
  esac
  sed -e "s|port: 1883|port: $port|" -e "s|keepAlive: 30 s|idSeparator: $separator|" \
    -e "s|/var/lib/nomori|$ORACLE_TMP|" -e "s|/dev/nomori|$ORACLE_TMP/dev|" \
    -e 's|period: 1 min|period: 2 s|' -e 's|\(o[nf]*Delay\): .*|\1: 1 s|' \
    -e '/spike:\|rateOfChange:\|flatLine:/d' "$root/deploy/sites/river.yaml" >"$ORACLE_TMP/site.yaml"
  mkfifo "$ORACLE_TMP/keyboard"
  exec 3<>"$ORACLE_TMP/keyboard"
  "$NOMORI_BINARY" simulate "$ORACLE_TMP/site.yaml" --set river.level=1 <"$ORACLE_TMP/keyboard" \
    >"$ORACLE_TMP/places" 2>"$ORACLE_TMP/simulate.err" &
  simulation=$!
  started+=("$simulation")
  wait_for 15 grep -qsx "field $ORACLE_TMP/dev/field" "$ORACLE_TMP/places"

  listen heard '+/event' '+/status' '+/alarm/#' '+/point/#'
  run_gateway
  wait_for 30 published heard status '"state":"online"'
  wait_for 30 published heard "point/$level" '"value":[01]\.'
  set_level 2.5
  wait_for 30 published heard event '"kind":"raised".*"id":"standby"'
  wait_for 10 published heard "$lamp" '"id":"standby"'
  wait_for 10 kept "$lamp" '"id":"standby"'
  give_order acknowledge river.stage
  wait_for 10 published heard event '"kind":"acknowledged"'
  echo "found MQTT 3.1.1; events, states and values came, and a command was done"

  kill -KILL "$broker"
  wait "$broker" 2>/dev/null || true
  set_level 3.5
  # Sampled, decided and stored while nobody is there.
  sleep 4
  set_level 1
  sleep 4
  start_broker
  wait_for 60 published heard event '"kind":"cleared".*"id":"river.observation"'
  published heard event '"kind":"raised".*"id":"caution"' || fail "the event of the outage is missing"
  unbroken heard
  echo "broker killed: $(numbers heard | wc -l) events, none missing"

  disown "$gateway"
  kill -KILL "$gateway"
  died=$SECONDS
  wait_for 20 published heard status '"state":"offline","reason":"lost"'
  echo "the last will came $((SECONDS - died)) s after the gateway was killed"

  # Nothing is read any more, so that this one sends no value of its own in the place of what was left.
  kept "point/$level" '"value":' || fail "the killed gateway left no value"
  disown "$simulation"
  kill -KILL "$simulation"
  run_gateway
  wait_for 30 kept status '"state":"online"'
  kill -TERM "$gateway"
  expect_exit 0 "$gateway"
  wait_for 10 kept status '"state":"offline","reason":"stopped"'
  ! kept "point/$level" '"value":' || fail "a value is kept after a planned stop"
  exec 3>&-
  echo "planned stop: told with its reason, and the values of the killed gateway emptied"
}
