// Fills the table of one target. A target_*.cpp file defines ELMAN_TARGET (its namespace) and ELMAN_BYTES (the size
// of its vectors), includes this, and is compiled with that instruction set's flags.
#pragma once

#include "all_steps.h"
#include "loop.h"
#include "row_steps.h"

namespace elman::ELMAN_TARGET {

// Rnn<F>::forward writes h where the gates stand, which is what makes its buffer the output.
template <class Call>
ELMAN_INLINE void with_cell(Cell cell, Call call) {
  switch (cell) {
    case Cell::rnn_tanh: return call(Rnn<Tanh>{});
    case Cell::rnn_relu: return call(Rnn<Relu>{});
    case Cell::rnn_sigmoid: return call(Rnn<Sigmoid>{});
    case Cell::lstm: return call(Lstm{});
    case Cell::gru: return call(Gru{});
    case Cell::mgu: return call(Mgu{});
  }
}

template <class T, class W>
Inference<T, W> inference() {
  Inference<T, W> t;
  t.gates = [](Cell cell) {
    int64_t count = 0;
    with_cell(cell, [&](auto c) { count = decltype(c)::gates; });
    return count;
  };
  t.packed_size = [](int64_t depth, int64_t gates, int64_t units) {
    return Packed<T, W>{depth, gates, units, nullptr}.size();
  };
  t.blocks = [](int64_t units) { return Packed<T, W>{1, 1, units, nullptr}.blocks().count(); };
  t.pack_transposed = pack_transposed<T, W>;
  t.pack_bias = pack_bias<T, W>;
  t.scratch_size = [](Cell cell, int64_t hidden, int64_t slots) {
    int64_t size = 0;
    with_cell(cell, [&](auto c) { size = scratch_size<decltype(c), T>(hidden, slots); });
    return size;
  };
  t.forward = [](Cell cell, const Forward<T, W>& p, Share share, Team team, int64_t slots, T* scratch) {
    with_cell(cell, [&](auto c) { forward<decltype(c)>(p, share, team, slots, scratch); });
  };
  return t;
}

template <class T>
Table<T> table() {
  Table<T> t;
  static_cast<Inference<T>&>(t) = inference<T, T>();
  t.lanes = native_lanes<T>;
  t.buffer = [](Cell cell) {
    int64_t count = 0;
    with_cell(cell, [&](auto c) { count = decltype(c)::buffer; });
    return count;
  };
  t.pack_rows = pack_rows<T>;
  t.multiply_scratch = multiply_scratch<T>;
  t.multiply = multiply<T>;
  t.outer_row = outer_row<T>;
  t.add_outer = add_outer<T>;
  t.finish_outer = finish_outer<T>;
  t.backward = [](Cell cell, const Backward<T>& p, Share share, Team team, int64_t slots, T* scratch) {
    with_cell(cell, [&](auto c) { backward<decltype(c)>(p, share, team, slots, scratch); });
  };
  t.row_steps = row_steps<T>;
  t.tanh = [](const T* x, T* y, int64_t count) {
    for_each_vector<T>(count, [&](auto v, int64_t j) { tanh(decltype(v)::load(x + j)).store(y + j); });
  };
  t.sigmoid = [](const T* x, T* y, int64_t count) {
    for_each_vector<T>(count, [&](auto v, int64_t j) { sigmoid(decltype(v)::load(x + j)).store(y + j); });
  };
  return t;
}

}  // namespace elman::ELMAN_TARGET

#define ELMAN_STRING_(x) #x
#define ELMAN_STRING(x) ELMAN_STRING_(x)
#define ELMAN_DEFINE_TARGET                                                                        \
  namespace elman::ELMAN_TARGET {                                                                  \
  Target target() { return {ELMAN_STRING(ELMAN_TARGET), table<float>(), table<double>(), inference<float, Half>()}; } \
  }
