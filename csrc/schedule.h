// Who runs which sequence. The longest are dealt first, each to the thread with the least to do so far, until every
// thread's slots are full; the rest wait in a queue, longest first, for whichever thread has a slot free. Threads so
// finish together, even if another program takes one of the cores for a while, and never wait for each other inside
// the loop. A sequence's numbers do not depend on who runs it.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "kernels.h"

namespace elman {

struct Queue {
  std::vector<int64_t> sequences;
  std::atomic<size_t> taken{0};
};

class Schedule {
 public:
  Schedule(const int64_t* lengths, int64_t batch, int threads, int64_t slots);

  Share share(int thread) {
    return {dealt_[thread].data(), static_cast<int64_t>(dealt_[thread].size()), &queue_};
  }

 private:
  std::vector<std::vector<int64_t>> dealt_;
  Queue queue_;
};

// How many threads run a step together, each a part of its units.
int team_size(int64_t batch, int threads, int64_t weight_bytes);

// How many threads a pass of so many sequences and multiplications is worth.
int threads_for(int64_t batch, int64_t multiplications, int threads, int64_t weight_bytes);

// How many sequences a thread holds at once.
int64_t slots_for(int64_t weight_bytes);

}  // namespace elman
