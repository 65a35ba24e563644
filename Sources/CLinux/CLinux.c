#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <linux/serial.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/timex.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

int clinux_clock_synchronized(void) {
  struct timex state = {0};
  int code = adjtimex(&state);
  if (code < 0) return -errno;
  return code != TIME_ERROR && !(state.status & STA_UNSYNC);
}

int clinux_wake_open(void) {
  int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}

int clinux_wake_signal(int descriptor) {
  uint64_t one = 1;
  // A full counter is still a raised one.
  return write(descriptor, &one, sizeof one) < 0 && errno != EAGAIN ? -errno : 0;
}

int clinux_poll(struct pollfd *waited, size_t count, int64_t timeout_ns) {
  struct timespec limit = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
  int ready = ppoll(waited, count, timeout_ns < 0 ? NULL : &limit, NULL);
  return ready < 0 ? (errno == EINTR ? 0 : -errno) : ready;
}

int clinux_wake_wait(int descriptor, int64_t timeout_ns) {
  if (timeout_ns != 0) {
    struct pollfd waited = {.fd = descriptor, .events = POLLIN};
    int ready = clinux_poll(&waited, 1, timeout_ns);
    if (ready <= 0) return ready;
  }
  uint64_t count;
  if (read(descriptor, &count, sizeof count) >= 0) return 1;
  return errno == EAGAIN ? 0 : -errno;
}

int clinux_pty_open(char *path, size_t path_capacity) {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0) return -errno;
  struct termios settings;
  int code = 0;
  if (grantpt(master) < 0 || unlockpt(master) < 0) code = -errno;
  if (code == 0) code = -ptsname_r(master, path, path_capacity);
  if (code == 0 && tcgetattr(master, &settings) == 0) {
    // Raw, or bytes sent before the other side opens its port would come back as an echo.
    cfmakeraw(&settings);
    if (tcsetattr(master, TCSANOW, &settings) < 0) code = -errno;
  }
  if (code < 0) {
    close(master);
    return code;
  }
  return master;
}

int clinux_rs485_enable(int descriptor, int rts_high_on_send, uint32_t delay_before_ms,
                        uint32_t delay_after_ms) {
  struct serial_rs485 mode = {
      .flags = SER_RS485_ENABLED |
               (rts_high_on_send ? SER_RS485_RTS_ON_SEND : SER_RS485_RTS_AFTER_SEND),
      .delay_rts_before_send = delay_before_ms,
      .delay_rts_after_send = delay_after_ms,
  };
  return ioctl(descriptor, TIOCSRS485, &mode) < 0 ? -errno : 0;
}

int clinux_serial_set_low_latency(int descriptor) {
  struct serial_struct port;
  if (ioctl(descriptor, TIOCGSERIAL, &port) < 0) return -errno;
  if (port.flags & ASYNC_LOW_LATENCY) return 0;
  port.flags |= ASYNC_LOW_LATENCY;
  return ioctl(descriptor, TIOCSSERIAL, &port) < 0 ? -errno : 0;
}

int clinux_serial_is_low_latency(int descriptor) {
  struct serial_struct port;
  if (ioctl(descriptor, TIOCGSERIAL, &port) < 0) return -errno;
  return (port.flags & ASYNC_LOW_LATENCY) != 0;
}

int clinux_thread_name(const char *name) {
  char kept[16];
  strncpy(kept, name, sizeof kept - 1);
  kept[sizeof kept - 1] = 0;
  return -pthread_setname_np(pthread_self(), kept);
}

int clinux_thread_join(unsigned long thread, int64_t nanoseconds) {
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += nanoseconds / 1000000000;
  end.tv_nsec += nanoseconds % 1000000000;
  if (end.tv_nsec >= 1000000000) {
    end.tv_sec += 1;
    end.tv_nsec -= 1000000000;
  }
  return -pthread_clockjoin_np((pthread_t)thread, NULL, CLOCK_MONOTONIC, &end);
}

int clinux_thread_prompt(void) { return prctl(PR_SET_TIMERSLACK, 1UL) < 0 ? -errno : 0; }

int clinux_thread_realtime(int priority) {
  struct sched_param parameters = {.sched_priority = priority};
  return -pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters);
}

static int is_memory_locked;

int clinux_lock_memory(void) {
  if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0) return -errno;
  is_memory_locked = 1;
  return 0;
}

void clinux_return_stack(void) {
  pthread_attr_t attributes;
  void *low;
  size_t size, page = (size_t)sysconf(_SC_PAGESIZE);
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
  int code = pthread_attr_getstack(&attributes, &low, &size);
  pthread_attr_destroy(&attributes);
  // The page below this frame is left for the calls that follow.
  uintptr_t end = ((uintptr_t)__builtin_frame_address(0) & ~(page - 1)) - page;
  if (code != 0 || end <= (uintptr_t)low || end > (uintptr_t)low + size) return;
  size = end - (uintptr_t)low;
  // What is locked cannot be given back.
  munlock(low, size);
  madvise(low, size, MADV_DONTNEED);
  if (is_memory_locked) mlock2(low, size, MLOCK_ONFAULT);
}

void clinux_spare_memory(void) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 64 << 10);
}

void clinux_return_memory(void) { malloc_trim(0); }

static void connect_stream(int source, int target) {
  int chosen = source >= 0 ? source : open("/dev/null", O_RDWR);
  if (chosen < 0 || dup2(chosen, target) < 0) _exit(127);
}

pid_t clinux_spawn(char *const argv[], int standard_input, int standard_output,
                   int standard_error) {
  pid_t parent = getpid();
  // posix_spawn cannot set a parent-death signal, and without it a killed demo leaves its broker.
  pid_t child = fork();
  if (child != 0) return child < 0 ? -errno : child;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  connect_stream(standard_input, STDIN_FILENO);
  connect_stream(standard_output, STDOUT_FILENO);
  connect_stream(standard_error, STDERR_FILENO);
  execvp(argv[0], argv);
  _exit(127);
}

ssize_t clinux_to_utf8(const char *character_set, const void *text, size_t size, void *utf8,
                       size_t capacity) {
  iconv_t conversion = iconv_open("UTF-8", character_set);
  if (conversion == (iconv_t)-1) return -errno;
  char *from = (char *)text;
  char *to = utf8;
  size_t room = capacity;
  size_t failed = iconv(conversion, &from, &size, &to, &room);
  int code = errno;
  iconv_close(conversion);
  return failed == (size_t)-1 ? -code : (ssize_t)(capacity - room);
}
