// The time loop. A thread holds a few slots; each slot runs one sequence through all its steps and then takes the
// thread's next one, so that the rows of the product stay full whatever the lengths are. Nothing here is shared
// between threads but what they only read.
#pragma once

#include "cells.h"
#include "product.h"

namespace elman::ELMAN_TARGET {

constexpr int64_t max_slots = 32;

struct Slot {
  int64_t sequence, row, left;  // `left` steps to go, the next one at `row`
  int64_t lane;                 // the slot's own rows of scratch
};

// Moves ended slots behind the running ones and starts the share's next sequences in them. open(slot) sets a
// slot's row and its lane; a sequence without steps is over once it is opened. False when all is done.
template <class Open>
ELMAN_INLINE bool refill(Slot* slot, int64_t& running, int64_t slots, Share share, int64_t& next,
                         const int64_t* lengths, Open open) {
  for (int64_t s = 0; s < running;) {
    if (slot[s].left > 0) {
      ++s;
      continue;
    }
    const Slot ended = slot[s];
    slot[s] = slot[--running];
    slot[running] = ended;
  }
  while (running < slots && next < share.count) {
    slot[running].sequence = share.sequences[next++];
    slot[running].left = lengths[slot[running].sequence];
    open(slot[running]);
    if (slot[running].left > 0) ++running;
  }
  return running > 0;
}

template <class T>
ELMAN_INLINE void copy(const T* from, T* to, int64_t count) {
  if (from != to && count > 0) memcpy(to, from, count * sizeof(T));
}

// Brings rows into the cache while the next product runs. There are too many streams for the hardware's own
// prefetchers: several arrays for each of several sequences.
template <class T>
ELMAN_INLINE void prefetch(const T* row, int64_t count) {
#if defined(__GNUC__)
  for (int64_t j = 0; j < count; j += 64 / sizeof(T)) __builtin_prefetch(row + j);
#else
  (void)row, (void)count;
#endif
}

// Rows of scratch start on a cache line and not all at the same place of a page.
template <class T>
inline int64_t scratch_row(int64_t columns) {
  const int64_t line = 64 / sizeof(T);
  const int64_t padded = (columns + native_lanes<T> - 1) / native_lanes<T> * native_lanes<T>;
  return (padded + line - 1) / line * line + line;
}

template <class C, class T>
void forward(const Forward<T>& p, Share share, int64_t slots, T* scratch) {
  const int64_t H = p.hidden, width = C::buffer * H, step = p.reverse ? -1 : 1;
  const Packed<T> w{H, C::gates * H, p.packed};
  const int64_t sums_row = scratch_row<T>(w.columns);
  // The bias, padded like the sums that start from it.
  T* bias = scratch + slots * sums_row;
  memset(bias, 0, sums_row * sizeof(T));
  copy(p.bias_hh, bias, w.columns);

  Slot slot[max_slots];
  const T *h[max_slots], *c[max_slots], *init[max_slots];
  T* sums[max_slots];
  for (int64_t s = 0; s < slots; ++s) {
    sums[s] = scratch + s * sums_row;
    init[s] = bias;
    slot[s].lane = s;
  }
  const auto open = [&](Slot& s) {
    const int64_t b = s.sequence;
    s.row = p.offsets[b] + (p.reverse ? p.lengths[b] - 1 : 0);
    if (s.left > 0) return;
    copy(p.h0 + b * H, p.h_n + b * H, H);
    if constexpr (C::has_c) copy(p.c0 + b * H, p.c_n + b * H, H);
  };

  int64_t running = 0, next = 0;
  while (refill(slot, running, slots, share, next, p.lengths, open)) {
    for (int64_t s = 0; s < running; ++s) {
      const int64_t b = slot[s].sequence, before = slot[s].row - step;
      const bool first = slot[s].left == p.lengths[b];
      h[s] = first ? p.h0 + b * H : p.output + before * H;
      if constexpr (C::has_c)
        c[s] = first ? p.c0 + b * H : p.cells ? p.cells + before * H : p.c_n + b * H;
    }
    product<T>(running, h, w, init, sums);
    for (int64_t s = 0; s < running; ++s) {
      const int64_t b = slot[s].sequence, row = slot[s].row;
      T* c_now = !C::has_c ? nullptr : p.cells ? p.cells + row * H : p.c_n + b * H;
      const ForwardRow<T> now{p.gates + row * width, sums[s], p.bias_ih, h[s], C::has_c ? c[s] : nullptr,
                              p.output + row * H, c_now};
      for_each_vector<T>(H, [&](auto v, int64_t j) { C::template forward<decltype(v)>(now, H, j); });
      slot[s].row += step;
      if (--slot[s].left > 0) {
        prefetch(now.gates + step * width, width);
        prefetch(now.h + step * H, H);
        if (C::has_c && p.cells) prefetch(now.c + step * H, H);
        continue;
      }
      copy(now.h, p.h_n + b * H, H);
      if constexpr (C::has_c) copy<T>(now.c, p.c_n + b * H, H);
    }
  }
}

template <class C, class T>
void backward(const Backward<T>& p, Share share, int64_t slots, T* scratch) {
  const int64_t H = p.hidden, width = C::buffer * H, step = p.reverse ? 1 : -1;  // against the forward run
  const Packed<T> w{C::gates * H, H, p.packed};
  const int64_t carry_row = scratch_row<T>(H);
  T* zeros = scratch + slots * carry_row;
  memset(scratch, 0, (slots + 1) * carry_row * sizeof(T));

  // A slot's carry is what dL/dh of its current step has so far, from the steps after it.
  Slot slot[max_slots];
  for (int64_t s = 0; s < slots; ++s) slot[s].lane = s;
  const auto carry_of = [&](const Slot& s) { return scratch + s.lane * carry_row; };
  const auto open = [&](Slot& s) {
    const int64_t b = s.sequence;
    s.row = p.offsets[b] + (p.reverse ? 0 : p.lengths[b] - 1);
    copy(p.d_h_n ? p.d_h_n + b * H : zeros, carry_of(s), H);
    if constexpr (C::has_c) copy(p.d_c_n ? p.d_c_n + b * H : zeros, p.d_c0 + b * H, H);
    if (s.left == 0) copy<T>(carry_of(s), p.d_h0 + b * H, H);
  };

  const T* d_sums[max_slots];
  T* carry[max_slots];
  int64_t running = 0, next = 0;
  while (refill(slot, running, slots, share, next, p.lengths, open)) {
    for (int64_t s = 0; s < running; ++s) {
      const int64_t b = slot[s].sequence, row = slot[s].row;
      const bool first = slot[s].left == 1;
      carry[s] = carry_of(slot[s]);
      BackwardRow<T> now{};
      now.gates = p.gates + row * width;
      now.h_before = first ? p.h0 + b * H : p.output + (row + step) * H;
      now.h = p.output + row * H;
      now.d_output = p.d_output ? p.d_output + row * H : zeros;
      now.d_gates = p.d_gates + row * width;
      now.carry = carry[s];
      now.d_h = p.d_h ? p.d_h + row * H : nullptr;
      if constexpr (C::has_c) {
        now.c_before = first ? p.c0 + b * H : p.cells + (row + step) * H;
        now.c = p.cells + row * H;
        now.dc = p.d_c0 + b * H;  // ends as dL/dc0
        now.d_c = p.d_c ? p.d_c + row * H : nullptr;
      }
      for_each_vector<T>(H, [&](auto v, int64_t j) { C::template backward<decltype(v)>(now, H, j); });
      d_sums[s] = now.d_gates;
      if (first) continue;
      prefetch(now.gates + step * width, width);
      prefetch(now.d_gates + step * width, width);
      if (p.d_output) prefetch(now.d_output + step * H, H);
      if (slot[s].left == 2) continue;
      prefetch(now.h_before + step * H, H);
      if (C::has_c) prefetch(now.c_before + step * H, H);
    }
    product<T>(running, d_sums, w, carry, carry);
    for (int64_t s = 0; s < running; ++s) {
      slot[s].row += step;
      if (--slot[s].left == 0) copy<T>(carry[s], p.d_h0 + slot[s].sequence * H, H);
    }
  }
}

// Scratch of step: for each row of a tile the gates and the sums (a GRU's gates stand H further on, and a product
// writes padded rows, hence the slack); then the padded bias and zeros to start sums from.
template <class C, class T>
inline int64_t step_row(int64_t hidden) {
  return scratch_row<T>(C::buffer * hidden) + scratch_row<T>(0);
}
template <class C, class T>
inline int64_t step_scratch_size(int64_t hidden) {
  return 2 * tile_rows * step_row<C, T>(hidden) + 2 * scratch_row<T>(C::gates * hidden);
}

// One step from x and h, for inference: both products, then the cell, a tile of rows at a time.
template <class C, class T>
void step(const Step<T>& p, T* scratch) {
  const int64_t I = p.inputs, H = p.hidden;
  const Packed<T> w_ih{I, C::gates * H, p.packed_ih}, w_hh{H, C::gates * H, p.packed_hh};
  const int64_t row = step_row<C, T>(H), bias_row = scratch_row<T>(w_hh.columns);
  T* bias = scratch + 2 * tile_rows * row;
  T* zeros = bias + bias_row;
  memset(bias, 0, 2 * bias_row * sizeof(T));
  copy(p.bias_hh, bias, w_hh.columns);
  for (int64_t b0 = 0; b0 < p.batch; b0 += tile_rows) {
    const int64_t rows = p.batch - b0 < tile_rows ? p.batch - b0 : tile_rows;
    const T *x[tile_rows], *h[tile_rows], *from_bias[tile_rows], *from_zeros[tile_rows];
    T *gates[tile_rows], *inputs[tile_rows], *sums[tile_rows];
    for (int64_t r = 0; r < rows; ++r) {
      x[r] = p.x + (b0 + r) * I;
      h[r] = p.h + (b0 + r) * H;
      from_bias[r] = bias;
      from_zeros[r] = zeros;
      gates[r] = scratch + 2 * r * row;
      inputs[r] = gates[r] + C::inputs_at * H;
      sums[r] = gates[r] + row;
    }
    product<T>(rows, x, w_ih, from_zeros, inputs);
    product<T>(rows, h, w_hh, from_bias, sums);
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t b = b0 + r;
      const ForwardRow<T> now{gates[r], sums[r], p.bias_ih, h[r], C::has_c ? p.c + b * H : nullptr,
                              p.h_out + b * H, C::has_c ? p.c_out + b * H : nullptr};
      for_each_vector<T>(H, [&](auto v, int64_t j) { C::template forward<decltype(v)>(now, H, j); });
    }
  }
}

}  // namespace elman::ELMAN_TARGET
