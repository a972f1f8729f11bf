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

// Where all of a team meet. Whoever waits spins, but soon yields: another program may be on the core that it needs.
struct Barrier {
  int size = 1;
  std::atomic<int> arrived{0};
  std::atomic<unsigned> round{0};
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

}  // namespace elman
