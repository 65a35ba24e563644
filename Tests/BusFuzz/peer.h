// The far end of a Modbus connection, in the fuzzer's own process and thread.
//
// The port waits for answers and for silence in poll(), libmodbus in select(). Both are taken over here:
// a wait lets the far end speak (`field_peer_speak`, which the fuzzer defines), and is over at once where
// it keeps silent, as if the time had passed. So a run depends on the fuzzer's bytes alone, and
// nothing in it waits.
#ifndef BUS_FUZZ_PEER_H
#define BUS_FUZZ_PEER_H

#include <stddef.h>
#include <stdint.h>

// Opens the port that connections are made to, once; its number.
uint16_t peer_listen(void);
// Takes the connection that was just made; the one before is gone.
void peer_accept(void);
// Cuts the connection.
void peer_hang_up(void);
// What was said to the far end, up to `capacity` bytes; waits for the first of them.
size_t peer_hear(uint8_t *bytes, size_t capacity);
// Says something to the gateway.
void peer_say(const uint8_t *bytes, size_t count);

#endif
