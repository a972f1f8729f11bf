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

// Scratch of each thread of a pass, for the time loop and for the products around it: `each` numbers. All of it is the
// memory of the thread that makes it, whom a std::bad_alloc reaches before the others begin.
template <class T>
class Scratch {
 public:
  Scratch(int threads, int64_t each) : apart_((each + line - 1) / line * line) {
    static thread_local Buffer<T> buffer;
    data_ = buffer.of(threads * apart_);
  }
  T* of(int rank) const { return data_ + rank * apart_; }

 private:
  static constexpr int64_t line = 128 / sizeof(T);  // two cache lines, which are fetched as a pair: no thread's are another's
  int64_t apart_;
  T* data_;
};

// Has the process keep what it frees, where the C library can be told so by a block that is freed.
void keep_freed_memory();

// Asks for large pages where a fresh buffer has 16 MB or more.
void use_large_pages(void* data, int64_t bytes);

}  // namespace elman
