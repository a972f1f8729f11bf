// Who runs which sequence. Longest first, each to the thread with the least to do so far: threads then finish
// together and never wait for each other inside the loop. Fixed by the lengths and the thread count alone.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "kernels.h"

namespace elman {

class Schedule {
 public:
  Schedule(const int64_t* lengths, int64_t batch, int threads) : sequences_(threads) {
    std::vector<int64_t> order(batch), load(threads, 0);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return lengths[a] > lengths[b]; });
    for (const int64_t b : order) {
      const auto idlest = std::min_element(load.begin(), load.end()) - load.begin();
      sequences_[idlest].push_back(b);
      load[idlest] += lengths[b];
    }
  }

  Share share(int thread) const {
    return {sequences_[thread].data(), static_cast<int64_t>(sequences_[thread].size())};
  }
  int64_t longest_share() const {
    size_t most = 0;
    for (const auto& s : sequences_) most = std::max(most, s.size());
    return static_cast<int64_t>(most);
  }

 private:
  std::vector<std::vector<int64_t>> sequences_;
};

}  // namespace elman
