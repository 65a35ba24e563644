#ifndef CALLOCATIONPROBE_H
#define CALLOCATIONPROBE_H

#include <stdint.h>

/// The number of heap allocations that the calling thread has made so far in this process: calls of
/// malloc, calloc, realloc, aligned_alloc, memalign and posix_memalign. A count over the whole
/// process would see what the test runner's other threads do.
uint64_t allocation_probe_count(void);

/// Keeps the calling thread's count in `place` too from now on, for others to look at, until the
/// thread ends.
void allocation_probe_show(uint64_t *place);

/// The count that another thread keeps there.
uint64_t allocation_probe_shown(const uint64_t *place);

#endif
