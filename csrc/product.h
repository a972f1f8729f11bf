// The one matrix product: a few rows (the states of a few sequences, or steps of x) times a packed weight.
//
// A weight has `gates` times `units` columns. The units are cut into blocks, three vectors wide (the last ones two, or
// one). The packed matrix and what it yields have their columns ordered by block, then by gate: so the sums of all the
// gates of a unit lie together, and a thread that wants some of the units alone reads one stretch. By rows the matrix
// is cut every `deep` of them; what is left is a panel, one gate of one block, stored row after row, so that a tile
// reads it front to back. Four rows by three vectors fill the sixteen registers of AVX2. Every element of the result is
// the sum over k in rising order whatever the tile, so that a sequence's numbers do not depend on which others run
// beside it, nor on how many threads share a step.
#pragma once

#include "kernels.h"
#include "simd.h"

namespace elman::ELMAN_TARGET {

constexpr int tile_vectors = 3;
constexpr int64_t deep = 256;  // of a panel 24 floats wide: 24 KB, which stay in L1 while all row tiles pass

// Blocks of threes, but 4 = 2 + 2 and not 3 + 1, since a single vector leaves too few independent sums to hide the
// latency of fma.
struct Blocks {
  int64_t vectors;
  int wide = tile_vectors;

  int64_t count() const { return (vectors + wide - 1) / wide; }
  int64_t start(int64_t i) const {  // of block i, in vectors
    const int64_t at = i * wide;
    if (at >= vectors) return vectors;
    return at > 0 && at == vectors - 1 ? at - 1 : at;
  }
  int width(int64_t i) const { return static_cast<int>(start(i + 1) - start(i)); }
};

// Halves are packed by twos: the lanes of a block's two vectors alternate, so that one load brings both.
template <class T, class W = T>
struct Packed {
  static constexpr int L = native_lanes<T>;
  static constexpr bool halved = sizeof(W) < sizeof(T);
  int64_t depth, gates, units;
  const W* data;

  Blocks blocks() const {
    const int64_t vectors = (units + L - 1) / L;
    return halved ? Blocks{(vectors + 1) / 2 * 2, 2} : Blocks{vectors};
  }
  int64_t columns() const { return gates * blocks().vectors * L; }  // padded with zeros
  int64_t column(int64_t block) const { return gates * blocks().start(block) * L; }
  int64_t size() const { return depth * columns(); }
};

// Rows of scratch, for sums of a product, start on a cache line and not all at the same place of a page.
template <class T>
inline int64_t scratch_row(int64_t gates, int64_t units) {
  const int64_t line = 64 / sizeof(T), pair = 2 * native_lanes<T>, columns = gates * ((units + pair - 1) / pair * pair);
  return (columns + line - 1) / line * line + line;
}

inline int row_tile(int64_t left) {
  if (left == 5) return 3;
  return left < tile_rows ? static_cast<int>(left) : tile_rows;
}

// Walks the panels of some blocks: fill(k0, k1, from, filled, to, width) is to write rows [k0, k1) of the weight's
// columns [from, from + filled) to `to`, row after row, `width` elements apart.
template <class Weight, class E, class Fill>
ELMAN_INLINE void pack_panels(const Weight& w, Range range, E* packed, Fill fill) {
  const Blocks blocks = w.blocks();
  for (int64_t i = range.first; i < range.last; ++i) {
    const int64_t unit = blocks.start(i) * w.L, width = blocks.width(i) * w.L;
    const int64_t filled = w.units - unit < width ? w.units - unit : width;
    for (int64_t k0 = 0; k0 < w.depth; k0 += deep) {
      const int64_t k1 = k0 + deep < w.depth ? k0 + deep : w.depth;
      E* to = packed + k0 * w.columns() + w.column(i) * (k1 - k0);
      for (int64_t g = 0; g < w.gates; ++g, to += (k1 - k0) * width) {
        if (filled < width) memset(to, 0, (k1 - k0) * width * sizeof(E));
        fill(k0, k1, g * w.units + unit, filled, to, width);
      }
    }
  }
}

// Number j of a panel's row, as it is kept.
template <class T>
ELMAN_INLINE void put(T x, T* row, int64_t j) {
  row[j] = x;
}

// Rounded to the nearest, ties to even; a NaN stays one.
ELMAN_INLINE void put(float x, Half* row, int64_t j) {
  constexpr int64_t L = native_lanes<float>;
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  const uint32_t rounded = x == x ? bits + 0x7fff + (bits >> 16 & 1) : bits | 0x400000;
  row[j < L ? 2 * j : 2 * (j - L) + 1].bits = static_cast<uint16_t>(rounded >> 16);
}

// W^T of a [gates * units, depth] weight.
template <class T, class W>
void pack_transposed(const T* weight, int64_t depth, int64_t gates, int64_t units, Range range, W* packed) {
  pack_panels(Packed<T, W>{depth, gates, units, packed}, range, packed,
              [=](int64_t k0, int64_t k1, int64_t from, int64_t filled, W* to, int64_t width) {
                for (int64_t j = 0; j < filled; ++j) {
                  const T* row = weight + (from + j) * depth;
                  for (int64_t k = k0; k < k1; ++k) put(row[k], to + (k - k0) * width, j);
                }
              });
}

// A bias in the order of the columns of such a weight.
template <class T, class W>
void pack_bias(const T* bias, int64_t gates, int64_t units, T* packed) {
  const Packed<T, W> w{1, gates, units, nullptr};
  pack_panels(w, {0, w.blocks().count()}, packed,
              [=](int64_t, int64_t, int64_t from, int64_t filled, T* to, int64_t) {
                memcpy(to, bias + from, filled * sizeof(T));
              });
}

// Rows of `units` numbers, wherever each of them lies.
template <class T>
void pack_rows(const T* const* rows, int64_t depth, int64_t units, Range range, T* packed) {
  pack_panels(Packed<T>{depth, 1, units, packed}, range, packed,
              [=](int64_t k0, int64_t k1, int64_t from, int64_t filled, T* to, int64_t width) {
                for (int64_t k = k0; k < k1; ++k, to += width) memcpy(to, rows[k] + from, filled * sizeof(T));
              });
}

template <int N, class V>
ELMAN_INLINE void load_panel(const typename V::Scalar* panel, V (&w)[N]) {
#pragma GCC unroll 8
  for (int n = 0; n < N; ++n) w[n] = V::load(panel + n * V::lanes);
}

template <int N, class V>
ELMAN_INLINE void load_panel(const Half* panel, V (&w)[N]) {
  V::load_halves(panel, w[0], w[1]);
}

// out[r] = init[r] + a[r] * panel, for R rows and P panels of N vectors that lie `stride` elements apart. A row's
// numbers lie `step` apart.
template <class T, int R, int N, int P, class W>
ELMAN_INLINE void tile(const T* const* a, int64_t k0, int64_t step, int64_t count, const W* panel, int64_t stride,
                       const T* const* init, T* const* out, int64_t column) {
  using V = Vec<T, native_lanes<T>>;
  constexpr int L = V::lanes;
  V sum[R][P][N];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p)
#pragma GCC unroll 8
      for (int n = 0; n < N; ++n) sum[r][p][n] = V::all(0);
  const T* row[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) row[r] = a[r] + k0 * step;
  for (int64_t k = 0; k < count; ++k, panel += N * L) {
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      V w[N];
      load_panel<N>(panel + p * stride, w);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        const V x = V::all(row[r][k * step]);
#pragma GCC unroll 8
        for (int n = 0; n < N; ++n) sum[r][p][n] = fma(x, w[n], sum[r][p][n]);
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p)
#pragma GCC unroll 8
      for (int n = 0; n < N; ++n) {
        const int64_t at = column + (p * N + n) * L;
        (V::load(init[r] + at) + sum[r][p][n]).store(out[r] + at);
      }
}

// One tile: R rows, P panels side by side, each `wide` vectors.
template <class T, int R, int P, class W>
ELMAN_INLINE void tile_of_width(int wide, const T* const* a, int64_t k0, int64_t step, int64_t count, const W* panel,
                                int64_t stride, const T* const* init, T* const* out, int64_t column) {
  if constexpr (!Packed<T, W>::halved) {
    if (wide == 1) return tile<T, R, 1, P>(a, k0, step, count, panel, stride, init, out, column);
    if (wide == 3) return tile<T, R, 3, P>(a, k0, step, count, panel, stride, init, out, column);
  }
  return tile<T, R, 2, P>(a, k0, step, count, panel, stride, init, out, column);
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
template <class T, class W>
inline void product(int64_t rows, const T* const* a, const Packed<T, W>& w, Range range, const T* const* init,
                    T* const* out) {
  const Blocks blocks = w.blocks();
  if (w.depth == 0)
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t j = w.column(range.first); j < w.column(range.last); ++j) out[r][j] = init[r][j];
  const int most = rows == 1 ? 4 : rows == 2 ? 2 : 1;
  for (int64_t k0 = 0; k0 < w.depth; k0 += deep) {
    const int64_t count = k0 + deep < w.depth ? deep : w.depth - k0;
    const T* const* from = k0 == 0 ? init : out;
    int64_t column = w.column(range.first);
    for (int64_t i = range.first, g = 0; i < range.last;) {
      const int wide = blocks.width(i), together = alike(blocks, range.last, w.gates, i, g, most);
      const int64_t stride = wide * w.L * count;
      const W* panel = w.data + k0 * w.columns() + column * count;
      const auto run = [&]<int R, int P>(int64_t r) {
        tile_of_width<T, R, P>(wide, a + r, k0, 1, count, panel, stride, from + r, out + r, column);
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
