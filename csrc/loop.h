// The time loop. A thread holds a few slots; each slot runs one sequence through all its steps and then takes the
// thread's next one, so that the rows of the product stay full whatever the lengths are. Threads share nothing but
// what they only read; where sequences are too few for that, a team runs the same slots in step, each thread its part
// of the units, and the barrier stands where the others' part is read next. Where that barrier costs too much, since other
// programs keep the team's threads from running, the first thread goes on alone: all that a step leaves lies where it
// finds it.
#pragma once

#include "cells.h"
#include "product.h"

namespace elman::ELMAN_TARGET {

constexpr int64_t max_slots = 32;

struct Slot {
  int64_t sequence, row, left;  // `left` steps to go, the next one at `row`
  int64_t lane;                 // the slot's own rows of scratch
};

ELMAN_INLINE int64_t next_sequence(Share& share) {
  if (share.count > 0) return --share.count, *share.sequences++;
  return share.common ? take(*share.common) : -1;
}

// Moves ended slots behind the running ones and starts the share's next sequences in them. open(slot) sets a
// slot's row and its lane; a sequence without steps is over once it is opened. False when all is done.
template <class Open>
ELMAN_INLINE bool refill(Slot* slot, int64_t& running, int64_t slots, Share& share, const int64_t* lengths,
                         Open open) {
  for (int64_t s = 0; s < running;) {
    if (slot[s].left > 0) {
      ++s;
      continue;
    }
    const Slot ended = slot[s];
    slot[s] = slot[--running];
    slot[running] = ended;
  }
  while (running < slots) {
    const int64_t sequence = next_sequence(share);
    if (sequence < 0) break;
    slot[running].sequence = sequence;
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

// Of a thread, forward: sums and inputs of each slot, zeros, a row of gates. Backward: carries and zeros.
template <class C, class T>
inline int64_t scratch_size(int64_t hidden, int64_t slots) {
  return (2 * slots + 1) * scratch_row<T>(C::gates, hidden) + scratch_row<T>(C::buffer, hidden);
}

// A thread's part of the units: whole blocks of them, and the units [begin, end) that these hold.
template <class T>
struct Part {
  Range blocks;
  int64_t begin, end;

  template <class W>
  Part(const Packed<T, W>& w, Team team) {
    const Blocks all = w.blocks();
    blocks = team.part(all.count());
    begin = all.start(blocks.first) * w.L;
    end = all.start(blocks.last) * w.L;
    if (end > w.units) end = w.units;
  }
  void copy(const T* from, T* to) const { elman::ELMAN_TARGET::copy(from + begin, to + begin, end - begin); }
};

// One step of some blocks of units; `sums`, and `inputs` where they were not given gate by gate, as a product left them.
template <class C, class T, class W>
ELMAN_INLINE void forward_row(ForwardRow<T> row, const T* inputs, const T* sums, const Packed<T, W>& w, Range range) {
  const Blocks blocks = w.blocks();
  for (int64_t i = range.first; i < range.last; ++i) {
    const int64_t begin = blocks.start(i) * w.L, width = blocks.width(i) * w.L;
    row.sums = {sums + w.column(i), width, begin};
    if (inputs) row.inputs = {inputs + w.column(i), width, begin};
    const int64_t end = begin + width < w.units ? begin + width : w.units;
    for_each_vector<T>(end, [&](auto v, int64_t j) { C::template forward<decltype(v)>(row, w.units, j); }, begin);
  }
}

template <class C, class T, class W>
void forward(const Forward<T, W>& p, Share share, Team team, int64_t slots, T* scratch) {
  const int64_t H = p.hidden, width = C::buffer * H, step = p.reverse ? -1 : 1;
  const Packed<T, W> w{H, C::gates, H, p.packed}, w_ih{p.inputs, C::gates, H, p.packed_ih};
  Part<T> part(w, team);
  const int64_t sums_row = scratch_row<T>(C::gates, H);
  T* zeros = scratch + 2 * slots * sums_row;
  if (team.rank == 0) memset(zeros, 0, sums_row * sizeof(T));
  meet(team);

  Slot slot[max_slots];
  const T *x[max_slots], *h[max_slots], *c[max_slots], *from_zeros[max_slots], *from_bias[max_slots];
  T *sums[max_slots], *inputs[max_slots];
  for (int64_t s = 0; s < slots; ++s) {
    sums[s] = scratch + s * sums_row;
    inputs[s] = scratch + (slots + s) * sums_row;
    from_zeros[s] = zeros;
    from_bias[s] = p.bias_hh;
    slot[s].lane = s;
  }
  const auto of = [&](const T* each, int64_t b) { return each ? each + b * H : zeros; };
  const auto open = [&](Slot& s) {
    const int64_t b = s.sequence;
    s.row = p.offsets[b] + (p.reverse ? p.lengths[b] - 1 : 0);
    if (s.left > 0) return;
    part.copy(of(p.h0, b), p.h_n + b * H);
    if constexpr (C::has_c) part.copy(of(p.c0, b), p.c_n + b * H);
  };

  int64_t running = 0;
  while (refill(slot, running, slots, share, p.lengths, open)) {
    for (int64_t s = 0; s < running; ++s) {
      const int64_t b = slot[s].sequence, before = slot[s].row - step;
      const bool first = slot[s].left == p.lengths[b];
      if (p.inside) x[s] = p.x + slot[s].row * p.inputs;
      h[s] = first ? of(p.h0, b) : p.output + before * H;
      if constexpr (C::has_c)
        c[s] = first ? of(p.c0, b) : p.cells ? p.cells + before * H : p.c_n + b * H;
    }
    if (p.inside) product(running, x, w_ih, part.blocks, from_zeros, inputs);
    product(running, h, w, part.blocks, from_bias, sums);
    for (int64_t s = 0; s < running; ++s) {
      const int64_t b = slot[s].sequence, row = slot[s].row;
      T* c_now = !C::has_c ? nullptr : p.cells ? p.cells + row * H : p.c_n + b * H;
      T* gates = p.gates ? p.gates + row * width : zeros + sums_row;
      const ForwardRow<T> now{{gates + C::inputs_at * H, H, 0}, {}, gates, p.bias_ih, h[s], C::has_c ? c[s] : nullptr,
                              p.output + row * H, c_now};
      forward_row<C, T>(now, p.inside ? inputs[s] : nullptr, sums[s], w, part.blocks);
      slot[s].row += step;
      if (--slot[s].left > 0) {
        if (p.inside) prefetch(x[s] + step * p.inputs, p.inputs);
        else prefetch(now.gates + step * width, width);
        prefetch(now.h + step * H, H);
        if (C::has_c && p.cells) prefetch(now.c + step * H, H);
        continue;
      }
      part.copy(now.h, p.h_n + b * H);
      if constexpr (C::has_c) part.copy(now.c, p.c_n + b * H);
    }
    if (meet(team)) {
      if (team.rank > 0) return;
      team = Team{};
      part = Part<T>(w, team);
    }
  }
}

template <class C, class T>
void backward(const Backward<T>& p, Share share, Team team, int64_t slots, T* scratch) {
  const int64_t H = p.hidden, width = C::buffer * H, step = p.reverse ? 1 : -1;  // against the forward run
  const Packed<T> w{C::gates * H, 1, H, p.packed};
  Part<T> part(w, team);
  const int64_t carry_row = scratch_row<T>(1, H);
  T* zeros = scratch + slots * carry_row;
  if (team.rank == 0) memset(scratch, 0, (slots + 1) * carry_row * sizeof(T));
  meet(team);

  // A slot's carry is what dL/dh of its current step has so far, from the steps after it.
  Slot slot[max_slots];
  for (int64_t s = 0; s < slots; ++s) slot[s].lane = s;
  const auto carry_of = [&](const Slot& s) { return scratch + s.lane * carry_row; };
  const auto of = [&](const T* each, int64_t b) { return each ? each + b * H : zeros; };
  const auto close = [&](const Slot& s) {
    if (p.d_h0) part.copy(carry_of(s), p.d_h0 + s.sequence * H);
  };
  const auto open = [&](Slot& s) {
    const int64_t b = s.sequence;
    s.row = p.offsets[b] + (p.reverse ? 0 : p.lengths[b] - 1);
    part.copy(of(p.d_h_n, b), carry_of(s));
    if constexpr (C::has_c) part.copy(of(p.d_c_n, b), p.d_c0 + b * H);
    if (s.left == 0) close(s);
  };

  const T* d_sums[max_slots];
  T* carry[max_slots];
  int64_t running = 0;
  while (refill(slot, running, slots, share, p.lengths, open)) {
    for (int64_t s = 0; s < running; ++s) {
      const int64_t b = slot[s].sequence, row = slot[s].row;
      const bool first = slot[s].left == 1;
      carry[s] = carry_of(slot[s]);
      BackwardRow<T> now{};
      now.gates = p.gates + row * width;
      now.h_before = first ? of(p.h0, b) : p.output + (row + step) * H;
      now.h = p.output + row * H;
      now.d_output = p.d_output ? p.d_output + row * H : zeros;
      now.d_gates = p.d_gates + row * width;
      now.carry = carry[s];
      now.d_h = p.d_h ? p.d_h + row * H : nullptr;
      if constexpr (C::has_c) {
        now.c_before = first ? of(p.c0, b) : p.cells + (row + step) * H;
        now.c = p.cells + row * H;
        now.dc = p.d_c0 + b * H;  // ends as dL/dc0
        now.d_c = p.d_c ? p.d_c + row * H : nullptr;
      }
      for_each_vector<T>(
          part.end, [&](auto v, int64_t j) { C::template backward<decltype(v)>(now, H, j); }, part.begin);
      d_sums[s] = now.d_gates;
      if (first) continue;
      prefetch(now.gates + step * width, width);
      prefetch(now.d_gates + step * width, width);
      if (p.d_output) prefetch(now.d_output + step * H, H);
      if (slot[s].left == 2) continue;
      prefetch(now.h_before + step * H, H);
      if (C::has_c) prefetch(now.c_before + step * H, H);
    }
    const bool alone = meet(team);
    product(running, d_sums, w, part.blocks, carry, carry);
    for (int64_t s = 0; s < running; ++s) {
      slot[s].row += step;
      if (--slot[s].left == 0) close(slot[s]);
    }
    if (alone) {
      meet(team);  // the others' part of this step
      if (team.rank > 0) return;
      team = Team{};
      part = Part<T>(w, team);
    }
  }
}

}  // namespace elman::ELMAN_TARGET
