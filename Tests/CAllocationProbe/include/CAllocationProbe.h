#ifndef CALLOCATIONPROBE_H
#define CALLOCATIONPROBE_H

#include <stdint.h>

/// The number of heap allocations that the calling thread has made so far in this process: calls of
/// malloc, calloc, realloc, aligned_alloc, memalign and posix_memalign. A count over the whole
/// process would see what the test runner's other threads do.
uint64_t allocation_probe_count(void);

#endif
