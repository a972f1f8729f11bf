// The one matrix product of the time loop: a few rows (the states of a few sequences) times a packed weight.
//
// A weight has `gates` times `units` columns. The units are cut into blocks, three vectors wide (the last ones two, or
// one). The packed matrix and what it yields have their columns ordered by block, then by gate: so the sums of all the
// gates of a unit lie together, and a thread that wants some of the units alone reads one stretch. By rows the matrix
// is cut every `deep` of them; what is left is a panel, one gate of one block, stored row after row, so that a tile
// reads it front to back. Four rows by three vectors fill the sixteen registers of AVX2. Every element of the result is
// the sum over k in rising order whatever the tile, so that a sequence's numbers do not depend on which others run
// beside it, nor on how many threads share a step.
#pragma once

#include "simd.h"

namespace elman::ELMAN_TARGET {

constexpr int tile_rows = 4;
constexpr int tile_vectors = 3;
constexpr int64_t deep = 256;  // of a panel 24 floats wide: 24 KB, which stay in L1 while all row tiles pass

// Blocks of threes, but 4 = 2 + 2 and not 3 + 1, since a single vector leaves too few independent sums to hide the
// latency of fma.
struct Blocks {
  int64_t vectors;

  int64_t count() const { return (vectors + tile_vectors - 1) / tile_vectors; }
  int64_t start(int64_t i) const {  // of block i, in vectors
    const int64_t at = i * tile_vectors;
    if (at >= vectors) return vectors;
    return at > 0 && at == vectors - 1 ? at - 1 : at;
  }
  int width(int64_t i) const { return static_cast<int>(start(i + 1) - start(i)); }
};

template <class T>
struct Packed {
  static constexpr int L = native_lanes<T>;
  int64_t depth, gates, units;
  const T* data;

  Blocks blocks() const { return {(units + L - 1) / L}; }
  int64_t columns() const { return gates * blocks().vectors * L; }  // padded with zeros
  int64_t column(int64_t block) const { return gates * blocks().start(block) * L; }
  int64_t size() const { return depth * columns(); }
};

inline int row_tile(int64_t left) {
  if (left == 5) return 3;
  return left < tile_rows ? static_cast<int>(left) : tile_rows;
}

// Walks the panels of some blocks: fill(k0, k1, from, filled, to, width) is to write rows [k0, k1) of the weight's
// columns [from, from + filled) to `to`, row after row, `width` elements apart.
template <class T, class Fill>
ELMAN_INLINE void pack_panels(int64_t depth, int64_t gates, int64_t units, Range range, T* packed, Fill fill) {
  constexpr int L = native_lanes<T>;
  const Packed<T> w{depth, gates, units, packed};
  const Blocks blocks = w.blocks();
  for (int64_t i = range.first; i < range.last; ++i) {
    const int64_t unit = blocks.start(i) * L, width = blocks.width(i) * L;
    const int64_t filled = units - unit < width ? units - unit : width;
    for (int64_t k0 = 0; k0 < depth; k0 += deep) {
      const int64_t k1 = k0 + deep < depth ? k0 + deep : depth;
      T* to = packed + k0 * w.columns() + w.column(i) * (k1 - k0);
      for (int64_t g = 0; g < gates; ++g, to += (k1 - k0) * width) {
        if (filled < width) memset(to, 0, (k1 - k0) * width * sizeof(T));
        fill(k0, k1, g * units + unit, filled, to, width);
      }
    }
  }
}

// W^T of a [gates * units, depth] weight. A bias is such a weight of depth 1.
template <class T>
void pack_transposed(const T* weight, int64_t depth, int64_t gates, int64_t units, Range range, T* packed) {
  pack_panels(depth, gates, units, range, packed,
              [=](int64_t k0, int64_t k1, int64_t from, int64_t filled, T* to, int64_t width) {
                const T* row = weight + from * depth;
                for (int64_t k = k0; k < k1; ++k, to += width)
                  for (int64_t j = 0; j < filled; ++j) to[j] = row[j * depth + k];
              });
}

// A [depth, units] weight, from its row `first` on and around.
template <class T>
void pack(const T* weight, int64_t depth, int64_t units, int64_t first, Range range, T* packed) {
  pack_panels(depth, 1, units, range, packed,
              [=](int64_t k0, int64_t k1, int64_t from, int64_t filled, T* to, int64_t width) {
                for (int64_t k = k0; k < k1; ++k, to += width) {
                  const int64_t row = k + first < depth ? k + first : k + first - depth;
                  memcpy(to, weight + row * units + from, filled * sizeof(T));
                }
              });
}

// out[r] = init[r] + a[r] * panel, for R rows and P panels of N vectors that lie `stride` elements apart.
template <class T, int R, int N, int P>
ELMAN_INLINE void tile(const T* const* a, int64_t k0, int64_t count, const T* panel, int64_t stride,
                       const T* const* init, T* const* out, int64_t column) {
  using V = Vec<T, native_lanes<T>>;
  constexpr int L = V::lanes;
  V sum[R][P][N];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p)
#pragma GCC unroll 8
      for (int n = 0; n < N; ++n) sum[r][p][n] = V::load(init[r] + column + (p * N + n) * L);
  const T* row[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) row[r] = a[r] + k0;
  for (int64_t k = 0; k < count; ++k, panel += N * L) {
    V w[P][N];
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p)
#pragma GCC unroll 8
      for (int n = 0; n < N; ++n) w[p][n] = V::load(panel + p * stride + n * L);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const V x = V::all(row[r][k]);
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p)
#pragma GCC unroll 8
        for (int n = 0; n < N; ++n) sum[r][p][n] = fma(x, w[p][n], sum[r][p][n]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p)
#pragma GCC unroll 8
      for (int n = 0; n < N; ++n) sum[r][p][n].store(out[r] + column + (p * N + n) * L);
}

// One tile: R rows, P panels side by side, each `wide` vectors.
template <class T, int R, int P>
ELMAN_INLINE void tile_of_width(int wide, const T* const* a, int64_t k0, int64_t count, const T* panel, int64_t stride,
                                const T* const* init, T* const* out, int64_t column) {
  switch (wide) {
    case 1: return tile<T, R, 1, P>(a, k0, count, panel, stride, init, out, column);
    case 2: return tile<T, R, 2, P>(a, k0, count, panel, stride, init, out, column);
    default: return tile<T, R, 3, P>(a, k0, count, panel, stride, init, out, column);
  }
}

// How many panels from gate g of block i on, at most `most`, have the same width: one or two rows alone leave most
// registers idle, and take several panels at once instead.
inline int alike(const Blocks& blocks, int64_t last, int64_t gates, int64_t i, int64_t g, int most) {
  for (; most > 1; most /= 2) {
    const int64_t ahead = i + (g + most - 1) / gates;
    if (ahead < last && blocks.width(ahead) == blocks.width(i)) break;
  }
  return most;
}

// out[r] = init[r] + a[r] * w over the columns of some blocks; out may be init.
template <class T>
inline void product(int64_t rows, const T* const* a, const Packed<T>& w, Range range, const T* const* init,
                    T* const* out) {
  const Blocks blocks = w.blocks();
  const int most = rows == 1 ? 4 : rows == 2 ? 2 : 1;
  for (int64_t k0 = 0; k0 < w.depth; k0 += deep) {
    const int64_t count = k0 + deep < w.depth ? deep : w.depth - k0;
    const T* const* from = k0 == 0 ? init : out;
    int64_t column = w.column(range.first);
    for (int64_t i = range.first, g = 0; i < range.last;) {
      const int wide = blocks.width(i), together = alike(blocks, range.last, w.gates, i, g, most);
      const int64_t stride = wide * w.L * count;
      const T* panel = w.data + k0 * w.columns() + column * count;
      const auto run = [&]<int R, int P>(int64_t r) {
        tile_of_width<T, R, P>(wide, a + r, k0, count, panel, stride, from + r, out + r, column);
      };
      for (int64_t r = 0; r < rows;) {
        const int tall = row_tile(rows - r);
        if (together == 4) run.template operator()<1, 4>(r);
        else if (together == 2 && tall == 1) run.template operator()<1, 2>(r);
        else if (together == 2) run.template operator()<2, 2>(r);
        else if (tall == 1) run.template operator()<1, 1>(r);
        else if (tall == 2) run.template operator()<2, 1>(r);
        else if (tall == 3) run.template operator()<3, 1>(r);
        else run.template operator()<4, 1>(r);
        r += tall;
      }
      column += together * wide * w.L;
      for (g += together; g >= w.gates; g -= w.gates) ++i;
    }
  }
}

}  // namespace elman::ELMAN_TARGET
