// Which instruction set runs: the widest the CPU has, or the one that ELMAN_CPU names.
#pragma once

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

}  // namespace elman
