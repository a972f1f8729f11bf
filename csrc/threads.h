// Threads that work together, and where they meet. They are torch's from when torch has loaded an OpenMP runtime, so that
// two pools don't fight for the cores; else our own (no torch yet, another runtime, Windows). In a process that was forked
// either starts anew: what the parent ran, even at that moment, doesn't matter.
#pragma once

#include <atomic>
#include <chrono>

#include "kernels.h"

namespace elman {

// Where all of a team meet.
struct Barrier {
  using Clock = std::chrono::steady_clock;

  std::atomic<int> arrived{0};
  std::atomic<unsigned> round{0};
  // Where all have the same to do between two meetings, who waits long waits for a thread that is kept from running.
  bool watched = false, crowded = false;
  std::atomic<int64_t> waited{0};  // nanoseconds
  const Clock::time_point made = Clock::now();
};

// Whether other programs lately kept so much of the cores from teams that one thread alone is faster: a watched barrier was
// crowded, or pieces of work together took longer than their threads' time on cores adds up to.
bool crowded();

// Runs work(team) on so many threads at once, or on fewer where there aren't as many, and returns when all have ended.
// Nothing may be thrown in it: no other thread would learn of it, and some would wait at the next meeting for ever. So what
// can fail, such as getting memory, is done before.
using Work = void (*)(const Team&, void* data) noexcept;
void together(int threads, Work work, void* data);

template <class F>
void together(int threads, F work) {
  together(threads, [](const Team& team, void* data) noexcept { (*static_cast<F*>(data))(team); }, &work);
}

const char* threads_of();  // whose they are, for people

}  // namespace elman
