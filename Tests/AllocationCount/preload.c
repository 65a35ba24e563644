// Counts the heap allocations of a running program's bus threads, for another process to look at:
// loaded before the C library (LD_PRELOAD), by allocation_count.py.
//
// ALLOCATION_COUNT_FILE names a file of 64-bit zeroes; each thread that calls itself "bus" keeps its count in
// the next of them.
#define _GNU_SOURCE
#include "../CAllocationProbe/probe.c"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t *counts;
static size_t capacity;
static size_t taken;

__attribute__((constructor)) static void open_counts(void) {
  const char *path = getenv("ALLOCATION_COUNT_FILE");
  struct stat file;
  int descriptor = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
  if (descriptor < 0 || fstat(descriptor, &file) < 0) return;
  void *mapped =
      mmap(NULL, (size_t)file.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  close(descriptor);
  if (mapped == MAP_FAILED) return;
  counts = mapped;
  capacity = (size_t)file.st_size / sizeof *counts;
}

// Threads name themselves when they begin.
int pthread_setname_np(pthread_t thread, const char *name) {
  (void)thread;
  if (strcmp(name, "bus") == 0) {
    size_t place = __atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED);
    if (place < capacity) allocation_probe_show(&counts[place]);
  }
  return prctl(PR_SET_NAME, name);
}
