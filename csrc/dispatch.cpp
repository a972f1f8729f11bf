#include "dispatch.h"

#include <cstdlib>

#if defined(_MSC_VER) && !defined(__clang__)
#include <immintrin.h>
#include <intrin.h>
#endif

namespace elman {

namespace portable { Target target(); }
#if defined(ELMAN_X86)
namespace avx2 { Target target(); }
namespace avx512 { Target target(); }
#if defined(ELMAN_WIDE)
namespace wide { Target target(); }
#endif
#endif

namespace {

struct Candidate {
  const char* name;
  Target (*target)();
  bool (*runs_here)();
  bool automatic;
};

#if defined(ELMAN_X86)
#if defined(_MSC_VER) && !defined(__clang__)
bool leaf7_bits(int ebx_bits, unsigned long long state) {
  int r[4];
  __cpuid(r, 1);
  const bool os_saves = (r[2] & (1 << 27)) && (r[2] & (1 << 12));  // OSXSAVE and FMA
  if (!os_saves || (_xgetbv(0) & state) != state) return false;
  __cpuidex(r, 7, 0);
  return (r[1] & ebx_bits) == ebx_bits;
}
bool has_avx2() { return leaf7_bits(1 << 5, 0x6); }
bool has_avx512() { return leaf7_bits((1 << 5) | (1 << 16) | (1 << 17) | (1 << 30) | (1 << 31), 0xe6); }
#else
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
}
#endif
#endif

// Widest first.
const Candidate candidates[] = {
#if defined(ELMAN_X86)
    {"avx512", avx512::target, has_avx512, true},
    {"avx2", avx2::target, has_avx2, true},
#if defined(ELMAN_WIDE)
    {"wide", wide::target, has_avx2, false},
#endif
#endif
    {"portable", portable::target, [] { return true; }, true},
};

}  // namespace

std::vector<std::string> compiled_targets() {
  std::vector<std::string> names;
  for (const Candidate& c : candidates) names.push_back(c.name);
  return names;
}

Choice choose_target(const char* wanted) {
  const std::string name = wanted ? wanted : "";
  for (const Candidate& c : candidates) {
    if (name.empty() ? c.automatic && c.runs_here() : name == c.name) {
      if (!c.runs_here()) return {{}, "ELMAN_CPU=" + name + " was asked for, but this CPU lacks it"};
      return {c.target(), ""};
    }
  }
  std::string names;
  for (const Candidate& c : candidates) names += std::string(names.empty() ? "" : ", ") + c.name;
  return {{}, "ELMAN_CPU=" + name + " is unknown; expected one of " + names};
}

const Choice& chosen() {
  static const Choice choice = choose_target(std::getenv("ELMAN_CPU"));
  return choice;
}

int64_t buffer_width(Cell cell) { return portable::target().f32.buffer(cell); }

}  // namespace elman
