#include "schedule.h"

#include <algorithm>
#include <numeric>
#include <thread>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace elman {

// Leaves the core to the thread beside it, if the two share one.
static inline void pause() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#endif
}

Schedule::Schedule(const int64_t* lengths, int64_t batch, int threads, int64_t slots) : dealt_(threads) {
  std::vector<int64_t> order(batch), load(threads, 0);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return lengths[a] > lengths[b]; });
  const int64_t dealt = std::min(batch, threads * slots);
  for (int64_t i = 0; i < dealt; ++i) {
    int idlest = -1;
    for (int t = 0; t < threads; ++t)
      if (static_cast<int64_t>(dealt_[t].size()) < slots && (idlest < 0 || load[t] < load[idlest])) idlest = t;
    dealt_[idlest].push_back(order[i]);
    load[idlest] += lengths[order[i]];
  }
  queue_.sequences.assign(order.begin() + dealt, order.end());
}

int64_t take(Queue& queue) {
  const size_t at = queue.taken.fetch_add(1, std::memory_order_relaxed);
  return at < queue.sequences.size() ? queue.sequences[at] : -1;
}

void wait(Barrier& barrier) {
  constexpr int patience = 1000;  // pauses: some ten microseconds
  const unsigned round = barrier.round.load(std::memory_order_acquire);
  if (barrier.arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == barrier.size) {
    barrier.arrived.store(0, std::memory_order_relaxed);
    barrier.round.store(round + 1, std::memory_order_release);
    return;
  }
  for (int looks = 0; barrier.round.load(std::memory_order_acquire) == round; ++looks)
    looks < patience ? pause() : std::this_thread::yield();
}

}  // namespace elman
