#include "threads.h"

#include <algorithm>
#include <ctime>
#include <deque>
#include <exception>
#include <thread>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif
#if !defined(_WIN32)
#include <dlfcn.h>
#include <pthread.h>
#endif
#if defined(__APPLE__)
#include <mach-o/dyld.h>

#include <cstring>
#elif !defined(_WIN32)
#include <link.h>
#endif

#include "balance.h"

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

// Waits until a count isn't what it was, at first for some ten microseconds; says whether that was enough.
bool spin_while(const std::atomic<unsigned>& count, unsigned was) {
  for (int looks = 0; looks < 1000; ++looks) {
    if (count.load(std::memory_order_acquire) != was) return true;
    pause();
  }
  return false;
}

// Then yields, since another program may be on the core that is waited for; then sleeps, until whoever changes the count
// notifies it.
void sleep_while(const std::atomic<unsigned>& count, unsigned was) {
  for (int looks = 0; count.load(std::memory_order_acquire) == was; ++looks) {
    if (looks < 100) std::this_thread::yield();
    else count.wait(was, std::memory_order_acquire);
  }
}

void wait_while(const std::atomic<unsigned>& count, unsigned was) {
  if (!spin_while(count, was)) sleep_while(count, was);
}

using Clock = Barrier::Clock;

int64_t nanoseconds_since(Clock::time_point begin) { return std::chrono::nanoseconds(Clock::now() - begin).count(); }

// How long the calling thread has run on a core; where the system doesn't tell, all the time that has passed.
int64_t nanoseconds_on_core() {
#if defined(CLOCK_THREAD_CPUTIME_ID)
  timespec time{};
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0) return int64_t{1'000'000'000} * time.tv_sec + time.tv_nsec;
#endif
  return std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
}

thread_local int64_t slept = 0;  // how long the calling thread has waited at barriers, without a core

Balance balance;

// One piece of work of a team, and what it takes. What all have done, one thread does in the same time on a core; of one
// it would have the share that the first thread had whenever it wanted to run.
struct Piece {
  Work work;
  void* data;
  const Clock::time_point begin = Clock::now();
  std::atomic<int64_t> on_core{0};
  double share_of_first = 1.0;

  void run(const Team& team) noexcept {
    const int64_t core = nanoseconds_on_core(), asleep = slept;
    work(team, data);
    const int64_t ran = nanoseconds_on_core() - core;
    on_core.fetch_add(ran, std::memory_order_relaxed);
    if (team.rank > 0) return;
    const int64_t wanted = nanoseconds_since(begin) - (slept - asleep);
    share_of_first = std::clamp(static_cast<double>(ran) / static_cast<double>(std::max<int64_t>(1, wanted)), 0.1, 1.0);
  }

  int64_t alone() const { return static_cast<int64_t>(static_cast<double>(on_core.load()) / share_of_first); }
};

// -- torch's threads ----------------------------------------------------------------------------------

// The OpenMP runtime that torch has loaded, GNU's or LLVM's, which both have these names. It is looked up in the
// process, not linked: a second runtime's threads would stand in the way of torch's, which spin for a while after work.
struct OpenMP {
  void (*parallel)(void (*)(void*), void*, unsigned threads, unsigned flags) = nullptr;
  int (*rank)() = nullptr, (*size)() = nullptr;
  int (*pause)(int kind) = nullptr;  // ends the calling thread's idle team
  explicit operator bool() const { return parallel && rank && size; }
};

#if defined(_WIN32)
OpenMP find_openmp() { return {}; }
unsigned long long libraries_loaded() { return 1; }
#else
void* torch_library() {
#if defined(__APPLE__)
  for (uint32_t i = 0; i < _dyld_image_count(); ++i) {
    const char* path = _dyld_get_image_name(i);
    if (path && std::strstr(path, "/libtorch_cpu.dylib")) return dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
  }
  return nullptr;
#else
  return dlopen("libtorch_cpu.so", RTLD_LAZY | RTLD_NOLOAD);
#endif
}

OpenMP find_openmp() {
  OpenMP found;
  void* torch = torch_library();
  if (!torch) return found;
  const auto look_up = [torch](auto& function, const char* name) {  // in torch's library and those that it needs
    function = reinterpret_cast<std::decay_t<decltype(function)>>(dlsym(torch, name));
  };
  look_up(found.parallel, "GOMP_parallel");
  look_up(found.rank, "omp_get_thread_num");
  look_up(found.size, "omp_get_num_threads");
  look_up(found.pause, "omp_pause_resource_all");
  return found;
}

// How many libraries the process has loaded up to now, since it began.
unsigned long long libraries_loaded() {
#if defined(__APPLE__)
  return _dyld_image_count();
#else
  unsigned long long count = 0;
  const auto read = [](dl_phdr_info* first, size_t, void* to) {
    *static_cast<unsigned long long*>(to) = first->dlpi_adds;
    return 1;  // one is enough: each has the same count
  };
  dl_iterate_phdr(read, &count);
  return count;
#endif
}
#endif

const OpenMP none{};
std::atomic<const OpenMP*> torchs_openmp{nullptr};  // null as long as there is a use in looking for it

// Looked for when threads are needed, or at a fork; again where libraries were loaded since, as torch may be among them.
// (The look itself searches the disk where torch isn't loaded; the count costs next to nothing.)
const OpenMP& torchs() {
  static std::atomic<unsigned long long> looked_at{0};
  if (const OpenMP* found = torchs_openmp.load(std::memory_order_acquire)) return *found;
  const unsigned long long loaded = libraries_loaded();
  if (looked_at.load(std::memory_order_relaxed) == loaded) return none;
  const OpenMP found = find_openmp();
  if (!found) {
    looked_at.store(loaded, std::memory_order_relaxed);
    return none;
  }
  static const OpenMP kept = found;
  torchs_openmp.store(&kept, std::memory_order_release);
  return kept;
}

// -- our own threads ----------------------------------------------------------------------------------

// Workers that wait for the next piece of work, and go with the process.
class Pool {
 public:
  // False if somebody else's work runs.
  bool run(int threads, Work work, void* data) {
    if (busy_.test_and_set(std::memory_order_acquire)) return false;
    while (static_cast<int>(workers_.size()) + 1 < threads && add_worker()) {}
    Barrier barrier;
    const int size = std::min(threads, static_cast<int>(workers_.size()) + 1);
    work_ = work, data_ = data, barrier_ = &barrier, size_ = size;
    left_.store(size - 1, std::memory_order_relaxed);
    for (int i = 0; i + 1 < size; ++i) {
      workers_[i].start.fetch_add(1);  // not only a release: who goes to sleep now must be seen by the next line
      workers_[i].start.notify_one();
    }
    work(Team{0, size, &barrier}, data);
    for (unsigned left; (left = left_.load(std::memory_order_acquire)) > 0;) wait_while(left_, left);
    busy_.clear(std::memory_order_release);
    return true;
  }

 private:
  struct alignas(64) Worker {
    std::atomic<unsigned> start{0};
  };

  bool add_worker() {
    const size_t before = workers_.size();
    try {
      Worker& worker = workers_.emplace_back();
      const int rank = static_cast<int>(before) + 1;
      std::thread([this, &worker, rank] { serve(worker, rank); }).detach();
      return true;
    } catch (const std::exception&) {  // no more threads, or no memory for one: fewer do
      if (workers_.size() > before) workers_.pop_back();
      return false;
    }
  }

  void serve(Worker& worker, int rank) {
    for (unsigned started = 0;; ++started) {
      wait_while(worker.start, started);
      work_(Team{rank, size_, barrier_}, data_);
      if (left_.fetch_sub(1) == 1) left_.notify_one();
    }
  }

  std::atomic_flag busy_;
  std::deque<Worker> workers_;
  Work work_ = nullptr;
  void* data_ = nullptr;
  Barrier* barrier_ = nullptr;
  int size_ = 1;
  std::atomic<unsigned> left_{0};
};

std::atomic<Pool*> pool{nullptr};  // never destroyed: its workers would still look at it

Pool& ours() {
  Pool* found = pool.load(std::memory_order_acquire);
  if (found) return *found;
  Pool* made = new Pool;
  if (pool.compare_exchange_strong(found, made)) return *made;
  delete made;  // another thread was faster
  return *found;
}

// -- after a fork, no thread but the one that forked is there ------------------------------------------

#if !defined(_WIN32)
// GNU's OpenMP would wait in the child for a team that is gone. So the team is ended before, to be started anew by
// whoever needs it, torch itself included. LLVM's recovers by itself in the child.
// Each thread has a team of its own, and several may fork at once: the child has the thread that forked it, and its team.
thread_local bool team_ended = true;

void before_fork() {
  const OpenMP& openmp = torchs();
  team_ended = !openmp || (openmp.pause && openmp.pause(1) == 0);
}

void in_child() {
  pool.store(nullptr);
  if (!team_ended) torchs_openmp.store(&none);
}

[[maybe_unused]] const int registered = pthread_atfork(before_fork, nullptr, in_child);
#endif

}  // namespace

// The last to come decides for all. A core that is quiet makes others wait for some ten microseconds now and then; one
// that is shared, for milliseconds: a time slice of the other program.
bool meet(const Team& team) {
  if (team.size == 1) return false;
  Barrier& barrier = *team.barrier;
  const unsigned round = barrier.round.load(std::memory_order_acquire);
  if (barrier.arrived.fetch_add(1, std::memory_order_acq_rel) + 1 < team.size) {
    if (spin_while(barrier.round, round)) return barrier.crowded;
    const auto begin = Clock::now();
    sleep_while(barrier.round, round);
    const int64_t waited = nanoseconds_since(begin);
    slept += waited;
    barrier.waited.fetch_add(waited, std::memory_order_relaxed);
    return barrier.crowded;
  }
  const int64_t waited = barrier.waited.load(std::memory_order_relaxed);
  if (barrier.watched && waited > 500'000 && waited > nanoseconds_since(barrier.made) / 8) {
    barrier.crowded = true;
    balance.give_up();
  }
  const bool crowded = barrier.crowded;
  barrier.arrived.store(0, std::memory_order_relaxed);
  barrier.round.fetch_add(1);  // not only a release: who goes to sleep now must be seen by the next line
  barrier.round.notify_all();
  return crowded;
}

bool crowded() { return balance.crowded(); }

namespace {

void alone(Work work, void* data) {
  if (!balance.crowded()) return work(Team{}, data);
  const auto begin = Clock::now();
  work(Team{}, data);
  balance.add_alone(nanoseconds_since(begin));
}

}  // namespace

void together(int threads, Work work, void* data) {
  if (threads <= 1) return alone(work, data);
  Piece piece{work, data};
  if (const OpenMP& openmp = torchs()) {
    struct Call {
      const OpenMP& openmp;
      Piece& piece;
      Barrier barrier;
    } call{openmp, piece, {}};
    const auto member = [](void* given) noexcept {
      Call& c = *static_cast<Call*>(given);
      c.piece.run(Team{c.openmp.rank(), c.openmp.size(), &c.barrier});
    };
    openmp.parallel(member, &call, threads, 0);
  } else if (!ours().run(threads, [](const Team& team, void* of) noexcept { static_cast<Piece*>(of)->run(team); }, &piece)) {
    return work(Team{}, data);
  }
  balance.add_together(nanoseconds_since(piece.begin), piece.alone());
}

const char* threads_of() { return torchs() ? "torch's OpenMP" : "its own"; }

}  // namespace elman
