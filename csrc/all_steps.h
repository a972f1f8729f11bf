// The products that don't wait for the time loop, over all steps of all sequences: x W_ih^T before it, dx and the
// weight gradients after it. They use the loop's own product and tiles, so that a layer's pass is one call, its
// buffers are read where they stand, and a bias gradient comes of numbers that are read anyway.
#pragma once

#include "kernels.h"
#include "product.h"

namespace elman::ELMAN_TARGET {

template <class T>
inline int64_t multiply_scratch(int64_t units) {
  return (1 + rows_together) * scratch_row<T>(1, units);
}

// out[n] = a[n] * w for a few rows, at most `rows_together`, which lie a_stride and out_stride apart.
template <class T>
void multiply(int64_t rows, const T* a, int64_t a_stride, int64_t depth, int64_t units, const T* packed, T* out,
              int64_t out_stride, T* scratch) {
  const Packed<T> w{depth, 1, units, packed};
  const int64_t sums_row = scratch_row<T>(1, units);
  const T *row[rows_together], *zeros[rows_together];
  T* sums[rows_together];
  memset(scratch, 0, sums_row * sizeof(T));
  for (int64_t r = 0; r < rows; ++r) {
    row[r] = a + r * a_stride;
    zeros[r] = scratch;
    sums[r] = scratch + (1 + r) * sums_row;
  }
  product(rows, row, w, {0, w.blocks().count()}, zeros, sums);
  for (int64_t r = 0; r < rows; ++r) memcpy(out + r * out_stride, sums[r], units * sizeof(T));
}

// A thread's columns of the gate gradients run by tiles of `tile_rows`. Where many panels of rows pass by them, or
// columns are left over, they are first turned: written tile by tile, step after step within a tile.
static_assert(steps_together <= deep);  // so that what is packed is one panel deep

inline int64_t tiles(Range columns) { return (columns.last - columns.first + tile_rows - 1) / tile_rows; }

inline bool turned(Range columns, int64_t units) {
  return units >= 192 || (columns.last - columns.first) % tile_rows != 0;
}

// What a column takes of scratch: the sums of its products, its own sum in two parts, and itself, turned.
template <class T>
inline int64_t outer_row(int64_t units) {
  return scratch_row<T>(1, units) + 2 + steps_together;
}

template <class T>
ELMAN_INLINE void turn(const T* d_gates, int64_t stride, int64_t steps, int64_t count, T* to) {
  constexpr int64_t line = 4 * tile_rows;
  for (int64_t j = 0; j < count; j += line)
    for (int64_t k = 0; k < steps; ++k)
      for (int64_t c = j; c < j + line && c < count; c += tile_rows) {
        T* tile = to + c * steps + k * tile_rows;
        const T* from = d_gates + k * stride + c;
        if (c + tile_rows <= count) memcpy(tile, from, tile_rows * sizeof(T));
        else
          for (int64_t r = 0; r < tile_rows; ++r) tile[r] = c + r < count ? from[r] : 0;
      }
}

// Adds each column's sum over some steps to `total`, through `part`, so that a long sum is one of short ones.
template <class T>
ELMAN_INLINE void add_columns(const T* d_gates, int64_t stride, int64_t steps, int64_t count, T* part, T* total) {
  for_each_vector<T>(count, [&](auto v, int64_t j) { decltype(v)::all(0).store(part + j); });
  for (int64_t k = 0; k < steps; ++k)
    for_each_vector<T>(count, [&](auto v, int64_t j) {
      using V = decltype(v);
      (V::load(part + j) + V::load(d_gates + k * stride + j)).store(part + j);
    });
  for (int64_t j = 0; j < count; ++j) total[j] += part[j];
}

// Adds the products of a stretch of steps: sums[j] += sum over n of d_gates[n][j] * row[n]. The rows were packed
// `steps_together` at a time; where they are null, only the columns' own sums are wanted. Each element is the sum of
// such stretches in rising order, whatever the threads.
template <class T>
void add_outer(const T* d_gates, int64_t stride, int64_t steps, Range columns, int64_t units, const T* packed,
               T* scratch) {
  const int64_t count = tiles(columns), rows = count * tile_rows, sums_row = scratch_row<T>(1, units);
  const bool turning = turned(columns, units);
  T *sums = scratch, *total = sums + rows * sums_row, *part = total + rows, *room = part + rows;
  d_gates += columns.first;
  for (int64_t n = 0; n < steps; n += steps_together, d_gates += steps_together * stride) {
    const int64_t depth = steps - n < steps_together ? steps - n : steps_together;
    add_columns(d_gates, stride, depth, columns.last - columns.first, part, total);
    if (!packed) continue;
    const Packed<T> w{depth, 1, units, packed};
    packed += w.size();
    if (turning) turn(d_gates, stride, depth, columns.last - columns.first, room);
    const T* tile_of = turning ? room : d_gates;
    const int64_t step = turning ? tile_rows : stride, apart = turning ? tile_rows * depth : tile_rows;
    const Blocks blocks = w.blocks();
    for (int64_t i = 0; i < blocks.count(); ++i)
      for (int64_t t = 0; t < count; ++t) {
        const T *from[tile_rows], *init[tile_rows];
        T* out[tile_rows];
        for (int r = 0; r < tile_rows; ++r) {
          from[r] = tile_of + t * apart + r;
          init[r] = out[r] = sums + (t * tile_rows + r) * sums_row;
        }
        tile_of_width<T, tile_rows, 1>(blocks.width(i), from, 0, step, depth, w.data + w.column(i) * depth, 0, init, out,
                                       w.column(i));
      }
  }
}

// Where add_outer's sums go: column j to row (j + shift) of the gradients, around the end. Either may be null.
template <class T>
void finish_outer(Range columns, int64_t rows, int64_t shift, int64_t units, const T* scratch, T* d_weight, T* d_bias) {
  const int64_t sums_row = scratch_row<T>(1, units);
  const T* total = scratch + tiles(columns) * tile_rows * sums_row;
  for (int64_t j = columns.first; j < columns.last; ++j) {
    const int64_t row = j + shift < rows ? j + shift : j + shift - rows, own = j - columns.first;
    if (d_weight) memcpy(d_weight + row * units, scratch + own * sums_row, units * sizeof(T));
    if (d_bias) d_bias[row] = total[own];
  }
}

}  // namespace elman::ELMAN_TARGET
