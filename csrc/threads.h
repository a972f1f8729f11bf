// Threads that work together, and where they meet. They are torch's where torch has loaded an OpenMP runtime, so that two
// pools don't fight for the cores; else our own (no torch, another one, Windows). In a process that was forked
// either starts anew: what the parent ran, even at that moment, doesn't matter.
#pragma once

#include <atomic>

#include "kernels.h"

namespace elman {

// Where all of a team meet.
struct Barrier {
  std::atomic<int> arrived{0};
  std::atomic<unsigned> round{0};
};

// Runs work(team) on so many threads at once, or on fewer where there aren't as many, and returns when all have ended.
using Work = void (*)(const Team&, void* data);
void together(int threads, Work work, void* data);

template <class F>
void together(int threads, F work) {
  together(threads, [](const Team& team, void* data) { (*static_cast<F*>(data))(team); }, &work);
}

const char* threads_of();  // whose they are, for people

}  // namespace elman
