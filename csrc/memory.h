// Memory that is fast to get: scratch that is kept from call to call, freed blocks that stay in the process, large pages.
#pragma once

#include <cstdint>
#include <new>

namespace elman {

// Scratch that keeps its memory from call to call, one per thread and purpose: fresh pages are slow. What is large is
// given back by who used it, since then the work on it takes far longer than its pages.
template <class T>
class Buffer {
 public:
  void give_back_if_large() {
    if (capacity_ * sizeof(T) > (16 << 20)) release();
  }
  T* of(int64_t count) {
    if (count > capacity_) {
      release();
      data_ = static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t(64)));
      capacity_ = count;
    }
    return data_;
  }
  ~Buffer() { release(); }
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

 private:
  void release() {
    if (data_) ::operator delete(data_, std::align_val_t(64));
    data_ = nullptr;
    capacity_ = 0;
  }
  T* data_ = nullptr;
  int64_t capacity_ = 0;
};

// A thread's own scratch of the time loop, or of the products around it.
template <class T>
T* scratch_of(int64_t count) {
  static thread_local Buffer<T> buffer;
  return buffer.of(count);
}

// Has the process keep what it frees, where the C library can be told so by a block that is freed.
void keep_freed_memory();

// Asks for large pages where a fresh buffer has 16 MB or more.
void use_large_pages(void* data, int64_t bytes);

}  // namespace elman
