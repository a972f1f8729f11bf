// Whether it pays to be a team. Where other programs need the cores, threads that work together wait for each other, each for
// a time slice of the other program, and one thread alone is sooner done.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace elman {

// What teams took lately and what one thread would have taken says whether it pays to be a team. Where it doesn't, no pass
// forms one until passes of one thread have taken some time: not longer than it would cost to be wrong about it.
class Balance {
 public:
  bool crowded() const { return alone_left_.load(std::memory_order_relaxed) > 0; }

  void add_alone(int64_t took) { alone_left_.fetch_sub(took, std::memory_order_relaxed); }

  // One thread that was kept from its core for once says nothing: the last 40 milliseconds or so count together.
  void add_together(int64_t took, int64_t one_would_take) {
    if (busy_.test_and_set(std::memory_order_acquire)) return;  // another caller's piece ends at the same moment
    if (waking_) waking_ = false;
    else weigh(took, one_would_take);
    busy_.clear(std::memory_order_release);
  }

  void give_up() {
    if (busy_.test_and_set(std::memory_order_acquire)) return;
    take_a_break();
    busy_.clear(std::memory_order_release);
  }

 private:
  static constexpr int64_t least = 12'000'000, most = 40'000'000;  // nanoseconds
  static constexpr int64_t shortest = 100'000'000, longest = 800'000'000;

  static bool slower(int64_t took, int64_t one_would_take) { return took > one_would_take + one_would_take / 8; }

  void weigh(int64_t took, int64_t one_would_take) {
    together_ += took, one_ += one_would_take;
    if (!slower(took, one_would_take)) done_well_ += took;
    if (together_ > least && slower(together_, one_)) take_a_break();
    if (together_ > most) together_ /= 2, one_ /= 2;
  }

  // Twice as long as the last, unless teams did well for longer than that in between.
  void take_a_break() {
    if (crowded()) return;
    break_ = done_well_ > break_ ? shortest : std::clamp(2 * break_, shortest, longest);
    together_ = one_ = done_well_ = 0;
    waking_ = true;
    alone_left_.store(break_, std::memory_order_relaxed);
  }

  std::atomic_flag busy_;
  bool waking_ = false;  // after a break: threads that have slept come late, whatever else runs
  std::atomic<int64_t> alone_left_{0};
  int64_t together_ = most / 2, one_ = most, done_well_ = 0, break_ = 0;  // at first, trusted
};

}  // namespace elman
