#include "memory.h"

#include <cstdlib>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace elman {

// The C library gives large freed blocks back to the system at once, and the next step's fresh pages are slow (one costs
// microseconds; a step needs hundreds). glibc keeps as much as twice the largest block it has seen freed, up to 32 MB:
// so it is shown one, which is never touched. Other libraries don't mind.
void keep_freed_memory() {
  void* volatile block = std::malloc(31 << 20);
  std::free(block);
}

// What is larger is fresh at every step; of large pages far fewer are needed.
void use_large_pages(void* data, int64_t bytes) {
#if defined(__linux__)
  constexpr uintptr_t page = 2 << 20;
  const uintptr_t address = reinterpret_cast<uintptr_t>(data);
  const uintptr_t begin = (address + page - 1) / page * page, end = (address + bytes) / page * page;
  if (data && end >= begin + (16 << 20)) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#else
  (void)data, (void)bytes;
#endif
}

}  // namespace elman
