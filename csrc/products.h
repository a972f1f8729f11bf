// The products over all steps of a pass, and the packing before them, as all threads of a team do them together: the
// rows or columns are dealt, each sum has one order whatever the team. Nobody waits at the end unless it says so.
#pragma once

#include <algorithm>
#include <atomic>
#include <vector>

#include "dispatch.h"
#include "memory.h"
#include "threads.h"

namespace elman {

// W^T of a [gates * units, depth] weight.
template <class T, class W>
void pack_transposed(const Team& team, const T* weight, int64_t depth, int64_t gates, int64_t units, W* packed) {
  const Inference<T, W>& run = inference<T, W>();
  run.pack_transposed(weight, depth, gates, units, team.part(run.blocks(units)), packed);
}

// Rows of `units` numbers, one stretch of them after the other.
template <class T>
void pack_rows(const Team& team, const T* const* rows, int64_t depth, int64_t units, int64_t stretch, T* packed) {
  const Table<T>& run = table<T>();
  const int64_t blocks = run.blocks(units), columns = run.packed_size(1, 1, units);
  stretch = std::max<int64_t>(1, stretch);
  const Range mine = team.part((depth + stretch - 1) / stretch * blocks);
  for (int64_t i = mine.first; i < mine.last; ++i) {
    const int64_t from = i / blocks * stretch, block = i % blocks;
    run.pack_rows(rows + from, std::min(stretch, depth - from), units, {block, block + 1}, packed + from * columns);
  }
}

// Null is none, so zeros.
template <class T, class W>
std::vector<T> packed_bias_of(const Inference<T, W>& run, const T* bias, int64_t gates, int64_t hidden) {
  std::vector<T> packed(run.packed_size(1, gates, hidden));
  if (bias) run.pack_bias(bias, gates, hidden, packed.data());
  return packed;
}

// out[n] = a[n] * w for all rows. `taken` counts the rows that somebody took: who is held up takes fewer. `scratch` is the
// thread's own, of multiply_scratch numbers.
template <class T>
void multiply(std::atomic<int64_t>& taken, int64_t rows, const T* a, int64_t a_stride, int64_t depth, int64_t units,
              const T* packed, T* out, int64_t out_stride, T* scratch) {
  const Table<T>& run = table<T>();
  for (int64_t n; (n = taken.fetch_add(rows_together, std::memory_order_relaxed)) < rows;)
    run.multiply(std::min(rows_together, rows - n), a + n * a_stride, a_stride, depth, units, packed,
                 out + n * out_stride, out_stride, scratch);
}

// One of the two weights: their gradients are sums over all steps, d_gates[n]^T row[n].
template <class T>
struct Side {
  int64_t first, shift;  // its columns of d_gates start at `first`; the jth is row j + shift of the weight, around the end
  const T* const* rows;
  int64_t units;
  T *d_weight, *d_bias;  // either may be null
  T* packed;             // a group's rows; null with d_weight
  int64_t scratch;       // where its part of the scratch starts
};

inline int64_t tiles_of(int64_t columns) { return (columns + tile_rows - 1) / tile_rows; }

// Steps whose rows are packed at a time, for all threads: as many as half the L2 cache holds or so.
inline int64_t steps_packed(int64_t bytes_per_step) {
  return ((512 << 10) / (bytes_per_step * steps_together + 1) + 1) * steps_together;
}

// `scratch` has outer_row numbers of each side for each column.
template <class T>
void weight_gradients(const Team& team, int64_t steps, const T* d_gates, int64_t width, int64_t columns, int64_t group,
                      const std::vector<Side<T>>& sides, T* scratch) {
  const Table<T>& run = table<T>();
  const Range tiles = team.part(tiles_of(columns));
  const Range mine{tiles.first * tile_rows, std::min(columns, tiles.last * tile_rows)};
  const auto own = [&](const Side<T>& side) { return scratch + side.scratch + mine.first * run.outer_row(side.units); };
  for (const Side<T>& side : sides)
    std::fill_n(own(side), tiles_of(mine.last - mine.first) * tile_rows * run.outer_row(side.units), T{0});
  for (int64_t n = 0; n < steps; n += group) {
    const int64_t here = std::min(group, steps - n);
    if (n > 0) meet(team);  // the group before has been used
    for (const Side<T>& side : sides)
      if (side.packed) pack_rows(team, side.rows + n, here, side.units, steps_together, side.packed);
    meet(team);
    for (const Side<T>& side : sides)
      run.add_outer(d_gates + n * width + side.first, width, here, mine, side.units, side.packed, own(side));
  }
  for (const Side<T>& side : sides)
    run.finish_outer(mine, columns, side.shift, side.units, own(side), side.d_weight, side.d_bias);
}

}  // namespace elman
