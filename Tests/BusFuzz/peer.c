#define _GNU_SOURCE
#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

// The C library's own entry points, which it exports for this purpose.
int __select(int count, fd_set *input, fd_set *output, fd_set *errors, struct timeval *timeout);
int __poll(struct pollfd *waited, nfds_t count, int timeout_ms);

void field_peer_speak(void);

static int listener = -1;
static int peer = -1;
// True while something that was said has perhaps not arrived.
static int is_under_way;

static void need(int holds, const char *what) {
  if (holds) return;
  perror(what);
  abort();
}

uint16_t peer_listen(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (listener < 0) {
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(bind(listener, (struct sockaddr *)&address, length) == 0, "bind");
    need(listen(listener, 8) == 0, "listen");
  }
  need(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
  return ntohs(address.sin_port);
}

void peer_accept(void) {
  peer_hang_up();
  peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  need(peer >= 0, "accept");
  // A reset leaves no port behind that stays busy for a minute.
  struct linger none = {.l_onoff = 1};
  int on = 1;
  setsockopt(peer, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void peer_hang_up(void) {
  if (peer >= 0) close(peer);
  peer = -1;
}

size_t peer_hear(uint8_t *bytes, size_t capacity) {
  struct pollfd waited = {.fd = peer, .events = POLLIN};
  if (peer < 0 || __poll(&waited, 1, 1000) <= 0) return 0;
  ssize_t count = recv(peer, bytes, capacity, MSG_DONTWAIT);
  return count < 0 ? 0 : (size_t)count;
}

void peer_say(const uint8_t *bytes, size_t count) {
  if (peer < 0 || count == 0) return;
  is_under_way = send(peer, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

// What was said a moment ago counts as there, should the kernel still carry it.
static int patience_ms(void) {
  int patience = is_under_way ? 20 : 0;
  is_under_way = 0;
  return patience;
}

int select(int count, fd_set *input, fd_set *output, fd_set *errors, struct timeval *timeout) {
  // A wait for a connection.
  if (output != NULL) return __select(count, input, output, errors, timeout);
  field_peer_speak();
  struct timeval patience = {.tv_usec = 1000 * patience_ms()};
  return __select(count, input, NULL, NULL, &patience);
}

int poll(struct pollfd *waited, nfds_t count, int timeout_ms) {
  (void)timeout_ms;
  field_peer_speak();
  return __poll(waited, count, patience_ms());
}
