// What Linux offers and Swift's Glibc module does not spell. Every function returns 0 or a
// descriptor on success and a negated errno on failure; none keeps state.
#ifndef CLINUX_H
#define CLINUX_H

#include <poll.h>
#include <stdint.h>
#include <sys/types.h>

// 1 when the kernel says that the wall clock is synchronised to a time source, else 0; negative as errno
// says where it does not tell this process.
// adjtimex() is a GNU extension that the Glibc module hides.
int clinux_clock_synchronized(void);

// A counter that one thread raises and another waits on; closed on exec.
int clinux_wake_open(void);
int clinux_wake_signal(int descriptor);
// Waits until the counter is raised or `timeout_ns` passed (negative: no limit), then clears it.
// 1 when it was raised, 0 when the time was up.
int clinux_wake_wait(int descriptor, int64_t timeout_ns);

// Waits until one of the descriptors has what is wanted of it or `timeout_ns` passed (negative: no
// limit). The number of those that have; 0 also when a signal came. ppoll() is hidden like adjtimex().
int clinux_poll(struct pollfd *waited, size_t count, int64_t timeout_ns);

// The master side of a new pseudo terminal in raw mode; the path of the other side in `path`.
int clinux_pty_open(char *path, size_t path_capacity);
// How the other side of a pseudo terminal has set its line: bits per second, and 0 for no parity, 1
// for odd, 2 for even.
int clinux_pty_settings(int master, uint32_t *baud, int *parity);

// Has the driver of a serial port switch its RS-485 transmitter by the RTS line: high or low while
// it sends, with these delays in milliseconds before and after.
int clinux_rs485_enable(int descriptor, int rts_high_on_send, uint32_t delay_before_ms,
                        uint32_t delay_after_ms);
// Asks the driver of a serial port to hand on bytes as they come (ASYNC_LOW_LATENCY), which needs
// no privilege; and whether it does so: 1 or 0.
int clinux_serial_set_low_latency(int descriptor);
int clinux_serial_is_low_latency(int descriptor);

// Gives the calling thread its name (15 bytes are kept).
int clinux_thread_name(const char *name);
// Puts the calling thread under SCHED_FIFO with this priority.
int clinux_thread_realtime(int priority);
// Waits until a thread has ended, at most so long; 0, or negative as errno says (ETIMEDOUT).
int clinux_thread_join(unsigned long thread, int64_t nanoseconds);
// Lets the calling thread's sleeps end when they should, and not up to 50 us later so that wake-ups
// can be shared.
int clinux_thread_prompt(void);
// Keeps every page of the process that is or will be used in memory, and makes no unused one
// resident.
int clinux_lock_memory(void);
// Lets threads to come share one heap, and gives every large block pages of its own.
void clinux_spare_memory(void);
// Gives back what the calling thread's stack used and does not use any more.
void clinux_return_stack(void);
// Gives free memory back to the system; what is locked already stays.
void clinux_return_memory(void);

// Starts argv[0] (found on PATH) in a process group of its own with its standard streams connected
// to the given descriptors (negative: /dev/null). The child is sent SIGTERM when the thread that
// called this ends, so call it from a thread that lives as long as the child is wanted.
// Returns its process id.
pid_t clinux_spawn(char *const argv[], int standard_input, int standard_output, int standard_error);

// The bytes of a text in a character set that iconv knows, as UTF-8; how many these are. iconv() is
// not in the Glibc module.
ssize_t clinux_to_utf8(const char *character_set, const void *text, size_t size, void *utf8,
                       size_t capacity);

#endif
