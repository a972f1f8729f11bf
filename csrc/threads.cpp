#include "threads.h"

#include <omp.h>

#include <thread>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace elman {
namespace {

// Leaves the core to the thread beside it, if the two share one.
void pause() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__) && defined(__GNUC__)
  __asm__ __volatile__("yield");
#endif
}

// Waits until a count is no longer what it was. Spins for some ten microseconds; then yields, for another program may be on the core
// that is waited for; at last sleeps.
void wait_while(const std::atomic<unsigned>& count, unsigned was) {
  constexpr int spins = 1000, yields = 100;
  for (int looks = 0; count.load(std::memory_order_acquire) == was; ++looks) {
    if (looks < spins) pause();
    else if (looks < spins + yields) std::this_thread::yield();
    else count.wait(was, std::memory_order_acquire);
  }
}

}  // namespace

void meet(const Team& team) {
  if (team.size == 1) return;
  Barrier& barrier = *team.barrier;
  const unsigned round = barrier.round.load(std::memory_order_acquire);
  if (barrier.arrived.fetch_add(1, std::memory_order_acq_rel) + 1 < team.size) return wait_while(barrier.round, round);
  barrier.arrived.store(0, std::memory_order_relaxed);
  barrier.round.fetch_add(1);  // not only a release: who goes to sleep now must be seen by the next line
  barrier.round.notify_all();
}

void together(int threads, Work work, void* data) {
  Barrier barrier;
#pragma omp parallel num_threads(threads) if (threads > 1)
  work(Team{omp_get_thread_num(), omp_get_num_threads(), &barrier}, data);
}

}  // namespace elman
