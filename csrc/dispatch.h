// Which instruction set runs: the widest the CPU has, or the one that ELMAN_CPU names.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "kernels.h"

namespace elman {

struct Choice {
  Target target;        // valid where problem is empty
  std::string problem;  // why the target asked for can't run here
};

std::vector<std::string> compiled_targets();
Choice choose_target(const char* wanted);  // null or empty: the widest the CPU has
const Choice& chosen();                    // made once, of ELMAN_CPU

int64_t buffer_width(Cell);  // in multiples of H; the same whatever the instruction set

// The chosen target's functions; raises where the target asked for can't run.
template <class T>
const Table<T>& table() {
  const Choice& choice = chosen();
  if (!choice.problem.empty()) throw std::runtime_error(choice.problem);
  if constexpr (sizeof(T) == sizeof(float)) return choice.target.f32;
  else return choice.target.f64;
}

// What runs on weights kept as W.
template <class T, class W>
const Inference<T, W>& inference() {
  const Table<T>& run = table<T>();
  if constexpr (sizeof(W) == sizeof(T)) return run;
  else return chosen().target.f32_half;
}

}  // namespace elman
