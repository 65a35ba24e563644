// The core's decisions as a few lines of text, to be held against those of other processors.
//
//   digest SEED PLANS INPUTS    random plans with random inputs
//   digest <FILE                a recorded series: lines of a time in nanoseconds and a value
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void digest_random_runs(uint64_t seed, uint32_t plans, uint32_t inputs, void *block,
                        uint32_t bytes, uint64_t *results);
void digest_recording(const double *values, const int64_t *times, uint32_t count, void *block,
                      uint32_t bytes, uint64_t *results);

enum { part_bytes = 1 << 20, longest_series = 1 << 20 };

// Where a plan, its detector and its outcome live.
static _Alignas(16) unsigned char block[3 * part_bytes];
static double values[longest_series];
static int64_t times[longest_series];

int main(int count, char **arguments) {
  uint64_t results[3];
  if (count == 4) {
    digest_random_runs(strtoull(arguments[1], NULL, 10), strtoul(arguments[2], NULL, 10),
                       strtoul(arguments[3], NULL, 10), block, part_bytes, results);
  } else {
    uint32_t length = 0;
    while (length < longest_series
           && scanf("%" SCNd64 " %lf", &times[length], &values[length]) == 2)
      length += 1;
    digest_recording(values, times, length, block, part_bytes, results);
  }
  printf("readings %" PRIu64 " events %" PRIu64 " digest %016" PRIx64 "\n", results[1], results[2],
         results[0]);
  return 0;
}
