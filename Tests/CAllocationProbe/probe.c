// Takes the place of the C library's allocation functions in the test process, counts the calling
// thread's calls and hands them on to the library's own entry points (glibc exports them under
// these names for this purpose).
#include "CAllocationProbe.h"

#include <errno.h>
#include <stddef.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

// The initial-exec model needs no allocation of its own on first use.
static _Thread_local uint64_t calls __attribute__((tls_model("initial-exec")));
static _Thread_local uint64_t *shown __attribute__((tls_model("initial-exec")));

uint64_t allocation_probe_count(void) { return calls; }

void allocation_probe_show(uint64_t *place) {
  shown = place;
  __atomic_store_n(shown, calls, __ATOMIC_RELAXED);
}

uint64_t allocation_probe_shown(const uint64_t *place) {
  return __atomic_load_n(place, __ATOMIC_RELAXED);
}

static void note_call(void) {
  calls += 1;
  if (shown != NULL) __atomic_store_n(shown, calls, __ATOMIC_RELAXED);
}

void *malloc(size_t size) {
  note_call();
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  note_call();
  return __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size) {
  note_call();
  return __libc_realloc(pointer, size);
}

void *memalign(size_t alignment, size_t size) {
  note_call();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  note_call();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  note_call();
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  void *pointer = __libc_memalign(alignment, size);
  if (pointer == NULL) return ENOMEM;
  *result = pointer;
  return 0;
}
