// The MQTT client library, and what its TLS connections can be asked.
#ifndef CMOSQUITTO_SHIM_H
#define CMOSQUITTO_SHIM_H
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <openssl/ssl.h>

// The library (2.0) says of a refused certificate only that it was refused. Each of these is 0 while
// there is no TLS connection.

// Why OpenSSL refused the server's certificate: an X509_V_ERR_ constant.
static inline long cmosquitto_verify_result(struct mosquitto *client) {
  SSL *ssl = mosquitto_ssl_get(client);
  return ssl ? SSL_get_verify_result(ssl) : 0;
}

// 1 once the TLS handshake is over.
static inline int cmosquitto_is_secured(struct mosquitto *client) {
  SSL *ssl = mosquitto_ssl_get(client);
  return ssl ? SSL_is_init_finished(ssl) : 0;
}
#endif
