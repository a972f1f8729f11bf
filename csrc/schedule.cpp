#include "schedule.h"

#include <algorithm>
#include <numeric>

#include "threads.h"

namespace elman {

constexpr int64_t most_shared = 2;  // sequences whose steps are shared

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

// That pays where sequences are too few for the threads, and each thread's part of the weight is large against the cost
// of the barrier.
int team_size(int64_t batch, int threads, int64_t weight_bytes) {
  const int64_t members = std::min<int64_t>(threads, weight_bytes >> 17);
  return batch <= most_shared && members > 1 ? static_cast<int>(members) : 1;
}

// All threads where each has some microseconds of work, or one: of the work that can be dealt, which is only that around the
// loop where one thread runs it. (Of a team with fewer than the last one's, OpenMP may end the others, and must start them
// again for the next.) One where other programs need the cores: another try costs a time slice of theirs.
int threads_for(int64_t batch, int64_t multiplications, int threads, int64_t weight_bytes) {
  const bool loop_is_one_thread_s = batch == 1 && team_size(batch, threads, weight_bytes) == 1;
  return multiplications >> (loop_is_one_thread_s ? 20 : 16) >= threads && !crowded() ? threads : 1;
}

// Each pass over weight_hh serves them all, so the further away the weight lies, the more it takes to pay for the trip;
// beyond that, more only crowd the L1 cache.
int64_t slots_for(int64_t weight_bytes) {
  if (weight_bytes <= 192 << 10) return 4;
  if (weight_bytes <= 448 << 10) return 8;
  return 16;
}

}  // namespace elman
