// The MQTT client library, and what its TLS connections can be asked.
#ifndef CMOSQUITTO_SHIM_H
#define CMOSQUITTO_SHIM_H
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <openssl/ssl.h>
#include <fcntl.h>

// Linux; its header declares it only to those who ask for GNU extensions.
int dup3(int descriptor, int place, int flags);

// Puts what `descriptor` stands for in the place of another, closed in child processes; -1 on failure.
static inline int cmosquitto_put_in_place(int descriptor, int place) {
  return dup3(descriptor, place, O_CLOEXEC);
}

// The library (2.0) says of a refused certificate only that it was refused. Each of these is 0 while
// there is no TLS connection.

// Why OpenSSL refused the server's certificate: an X509_V_ERR_ constant.
static inline long cmosquitto_verify_result(struct mosquitto *client) {
  SSL *ssl = mosquitto_ssl_get(client);
  return ssl ? SSL_get_verify_result(ssl) : 0;
}

// 1 once the server has finished its TLS handshake, also when the connection has failed since.
static inline int cmosquitto_is_secured(struct mosquitto *client) {
  SSL *ssl = mosquitto_ssl_get(client);
  char first;
  return ssl && SSL_get_peer_finished(ssl, &first, 1) > 0;
}
#endif
