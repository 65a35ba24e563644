# shellcheck shell=bash
# What the checks of the relay share: a mail server with a certificate, and the relay's file.
# shellcheck disable=SC2034,SC2154  # for the checks, or from their common.bash

# make_mail_server [LOCAL-PART=ANSWER …]: a mail server at 127.0.0.1:$mail_port; its mails go to $ORACLE_TMP/mails.
make_mail_server() {
  mail_port=$(free_port)
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext 'subjectAltName = DNS:localhost, IP:127.0.0.1' \
    -keyout "$ORACLE_TMP/mail.key" -out "$ORACLE_TMP/mail.pem" 2>/dev/null
  : >"$ORACLE_TMP/mails"
  in_background "$ORACLE_TMP/mailserver.log" "$ORACLE_TMP/mailserver.errors" "$ORACLE_PYTHON" \
    "$here/relay/mailserver.py" "$mail_port" "$ORACLE_TMP/mail.pem" "$ORACLE_TMP/mail.key" \
    "$ORACLE_TMP/mails" "$@"
  wait_for 10 answers "$mail_port"
}

# make_relay_file BROKER-PORT: the example of docs/relay.md as $ORACLE_TMP/relay.yaml, with this machine's ports and
# files.
make_relay_file() {
  (umask 077 && printf mizuho-7 >"$ORACLE_TMP/mail.password" && openssl rand 32 >"$ORACLE_TMP/relay.key")
  (
    umask 077
    sed -n '/^```yaml relay.yaml$/,/^```$/p' "$root/docs/relay.md" | sed '1d;$d' |
      sed -e "s|/var/lib/nomori-relay|$ORACLE_TMP|" -e "s|/etc/nomori|$ORACLE_TMP|" \
        -e "s|mail.town.example|localhost|" -e "s|port: 1883|port: $1|" \
        -e "s|port: 587|port: $mail_port|" -e "s|port: 8087|port: ${page_port:=$(free_port)}|" \
        -e "s|^  security: startTLS.*|&\n  authorityFile: $ORACLE_TMP/mail.pem|" \
        >"$ORACLE_TMP/relay.yaml"
  )
}

# add_services: the webhooks and the announcement of docs/relay.md, told by its first route, with a web server at
# $web_port whose requests go to $ORACLE_TMP/requests; and a folder for CAP alerts.
add_services() {
  web_port=$(free_port)
  (
    umask 077
    printf line-token-7 >"$ORACLE_TMP/line.token"
    printf ntfy-token-7 >"$ORACLE_TMP/ntfy.token"
    printf 'whsec_%s\n' "$(openssl rand -base64 32)" >"$ORACLE_TMP/desk.secret"
    sed -n '/^```yaml services$/,/^```$/p' "$root/docs/relay.md" | sed '1d;$d' |
      sed -E -e "s|/etc/nomori|$ORACLE_TMP|" -e "s|https://[^/]*/|https://localhost:$web_port/|" \
        -e "s|^    template: .*|&\n    authorityFile: $ORACLE_TMP/mail.pem|" \
        -e "s|^    template: line|&\n    url: https://localhost:$web_port/v2/bot/message/push|" \
        >>"$ORACLE_TMP/relay.yaml"
    sed -i -e '0,/to: \[farmers, hunters\]/s//to: [farmers, hunters, hunters-line, office-slack, office-teams, farmers-ntfy, duty-desk, orchard-horn]/' \
      -e "s|^  store: .*|&\n  capFolder: $ORACLE_TMP/alerts|" "$ORACLE_TMP/relay.yaml"
  )
  mkdir "$ORACLE_TMP/alerts"
  : >"$ORACLE_TMP/requests"
  in_background "$ORACLE_TMP/web.log" "$ORACLE_TMP/web.errors" "$ORACLE_PYTHON" "$here/relay/webserver.py" \
    "$web_port" "$ORACLE_TMP/mail.pem" "$ORACLE_TMP/mail.key" "$ORACLE_TMP/requests" "$@"
  wait_for 10 answers "$web_port"
}

# start_relay [OPTION …]: as $relay; its log goes to $ORACLE_TMP/relay.log.
start_relay() {
  in_background "$ORACLE_TMP/relay.out" "$ORACLE_TMP/relay.log" "$NOMORI_BINARY" relay \
    --config "$ORACLE_TMP/relay.yaml" --language en "$@"
  relay=$last
}

# make_broker: a mosquitto at 127.0.0.1:$broker_port.
make_broker() {
  broker_port=$(free_port)
  printf '%s\n' "listener $broker_port 127.0.0.1" 'allow_anonymous true' 'max_queued_messages 0' \
    'persistence false' 'user root' >"$ORACLE_TMP/broker.conf"
  in_background "$ORACLE_TMP/broker.log" "$ORACLE_TMP/broker.errors" mosquitto \
    -c "$ORACLE_TMP/broker.conf"
  wait_for 10 answers "$broker_port"
}

# make_box_relay_file COUNT: as $ORACLE_TMP/relay.yaml a relay that tells person-box-N of all that box-N says.
make_box_relay_file() {
  local number
  (umask 077 && printf mizuho-7 >"$ORACLE_TMP/mail.password")
  (
    umask 077
    {
      printf '%s\n' 'relay:' '  id: kills' '  name: {en: Kills, ja: 強制終了}' \
        "  store: $ORACLE_TMP/relay.sqlite" 'brokers:' \
        "  - {id: local, host: 127.0.0.1, port: $broker_port, security: none}" 'mail:' \
        '  host: localhost' "  port: $mail_port" "  authorityFile: $ORACLE_TMP/mail.pem" \
        '  username: relay' "  passwordFile: $ORACLE_TMP/mail.password" \
        '  from: nomori@town.example' 'people:'
      for ((number = 0; number < $1; number++)); do
        printf '  - {id: person-box-%s, language: en, mail: p%s@example.jp}\n' $number $number
      done
      printf 'routes:\n'
      for ((number = 0; number < $1; number++)); do
        printf '  - {id: r%s, sites: [box-%s], to: [person-box-%s], mostPerHour: 1000}\n' \
          $number $number $number
      done
    } >"$ORACLE_TMP/relay.yaml"
  )
}
