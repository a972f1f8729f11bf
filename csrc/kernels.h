// What every instruction set offers: the same table of functions, compiled once per target (target_*.cpp).
//
// All matrices are row-major. A batch is ragged: step t of sequence b is row offsets[b] + t. "Width" is the number
// of columns of the gate buffer, which holds one row per step:
//
//     cell    width   forward, in -> out                           gate gradients (in d_gates)
//     rnn     H       x W_ih^T -> h  (the buffer is the output)    da
//     lstm    4H      x W_ih^T -> i f g o                          di df dg do
//     gru     4H      [., x W_ih^T] -> hn r z n                    dhn dr dz dn      (hn = h W_n^T + b_n)
//     mgu     3H      [., x W_ih^T] -> hn f n                      dhn df dn
//
// Where a gate acts on the recurrent product of the candidate n, that product stands in front. So both weight
// gradients are plain products of column ranges: the input side sees [r z n], the recurrent side [hn r z].
#pragma once

#include <cstdint>

namespace elman {

enum class Cell : int { rnn_tanh, rnn_relu, rnn_sigmoid, lstm, gru, mgu };

// What Python calls each of them; only the simple cell has a choice of its nonlinearity.
struct CellName {
  Cell cell;
  const char *name, *nonlinearity;
};
constexpr CellName cell_names[] = {{Cell::rnn_tanh, "rnn", "tanh"}, {Cell::rnn_relu, "rnn", "relu"},
                                   {Cell::rnn_sigmoid, "rnn", "sigmoid"}, {Cell::lstm, "lstm", "tanh"},
                                   {Cell::gru, "gru", "tanh"}, {Cell::mgu, "mgu", "tanh"}};

// The sequences that one thread runs: its own, then what it takes from those that all threads share (schedule.h).
struct Queue;
int64_t take(Queue&);  // the next shared sequence, or -1
struct Share {
  const int64_t* sequences;
  int64_t count;
  Queue* common = nullptr;
};

constexpr int tile_rows = 4;            // of a product, which run side by side
constexpr int64_t rows_together = 16;    // that `multiply` takes at most
constexpr int64_t steps_together = 128;  // of `add_outer`: their panel and a tile's columns stay in L1

// Blocks of units that a thread packs or computes (product.h cuts the units into blocks), or columns: [first, last).
struct Range {
  int64_t first, last;
};

// Threads that work together (threads.h): all threads of a pass, each on its part of the rows or columns; or those that
// run the same sequences, each its part of the units, on one scratch, and meet at every step.
struct Barrier;
struct Team {
  int rank = 0, size = 1;
  Barrier* barrier = nullptr;

  Range part(int64_t count) const { return {count * rank / size, count * (rank + 1) / size}; }
};

// Returns once all of the team have called it; to all of them the same: whether other programs take so much of the cores
// that one thread alone is faster. Work that meets at every step is to be left to the first thread then.
bool meet(const Team&);

// A number of a weight that is kept in half the memory, for steps that wait for nothing but their weights: bfloat16,
// the upper half of a float. T is what a cell computes with, W what its weights are kept as: T itself, or Half.
struct Half {
  uint16_t bits;
};

template <class T, class W = T>
struct Forward {
  int64_t hidden;
  bool reverse;                     // run each sequence from its last row to its first
  const int64_t *offsets, *lengths;
  const W* packed;                  // weight_hh, packed by pack_transposed
  const T *bias_ih, *bias_hh;       // [G*H], zeros where a layer has none; bias_hh in the order of packed columns
  const T *h0, *c0;                 // [B, H]; null for zeros
  T* gates;                         // [N, width]; null if `inside` and nothing is kept for a backward pass
  T* output;                        // [N, H]
  T* cells;                         // [N, H], every step's c; null keeps only the last (inference)
  T *h_n, *c_n;                     // [B, H]
  bool inside;                      // whether the input projection stands inside the loop; else `gates` hold it
  int64_t inputs;                   // I; this and the rest only if `inside`
  const T* x;                       // [N, I]
  const W* packed_ih;               // weight_ih, packed like weight_hh
};

template <class T>
struct Backward {
  int64_t hidden;
  bool reverse;                     // as in the forward pass
  const int64_t *offsets, *lengths;
  const T* packed;                  // weight_hh, packed by pack_rows
  const T *h0, *c0;                 // as in the forward pass
  const T *gates, *output, *cells;  // as the forward pass left them
  const T *d_output, *d_h_n, *d_c_n;  // gradients from above; any may be null for zero
  T* d_gates;                       // [N, width]; may be the same memory as gates
  T *d_h0, *d_c0;                   // [B, H]; d_h0 may be null if nobody wants it
  T *d_h, *d_c;                     // [N, H], the whole dL/dh_t and dL/dc_t; null if nobody wants them
};

// Steps of AdamW (Loshchilov & Hutter 2019, algorithm 2) on a matrix [V, size] of which each batch reads few rows. A row
// that a batch didn't read has no gradient, yet momentum, decay and the running average move it: those steps are left out
// until the row is read again, and made up for then. What a step was is in `rate` to `mix`, n of them; what many come to
// where nothing is left of the momentum, in `kept` to `summed`, n + 1 of each, from 1, 1 and 0 on.
template <class T>
struct RowSteps {
  int threads;
  int64_t count, size;
  const int64_t* rows;                   // [count], each once: these are brought up to n steps
  int64_t *taken, *touched;              // [V]: the steps that a row has taken; how many it had when its last gradient was
  T *weight, *mean, *square, *average;   // [V, size]; the average may be null
  const T* gradient;                     // [count, size], of the last of the n steps; null where it is zero
  int64_t steps, patience;               // n; so many steps after a gradient its momentum is gone
  const double *rate, *correction;       // learning rate / (1 - beta1^t); 1 / sqrt(1 - beta2^t)
  const double *keep, *mix;              // 1 - learning rate * decay; how far the average goes to the weight
  const double *kept, *mixed, *summed;   // products of `keep` and of 1 - mix; sums of mix * kept / mixed after the step
  double beta1, beta2, epsilon;
};

// What the forward pass takes.
template <class T, class W = T>
struct Inference {
  int64_t (*gates)(Cell);   // G: how many times H the weights have rows
  int64_t (*packed_size)(int64_t depth, int64_t gates, int64_t units);  // elements that a packed matrix takes
  int64_t (*blocks)(int64_t units);
  // The matrix that h or x is multiplied with: W^T of a [gates * units, depth] weight.
  void (*pack_transposed)(const T* weight, int64_t depth, int64_t gates, int64_t units, Range, W* packed);
  void (*pack_bias)(const T* bias, int64_t gates, int64_t units, T* packed);
  int64_t (*scratch_size)(Cell, int64_t hidden, int64_t slots);
  void (*forward)(Cell, const Forward<T, W>&, Share, Team, int64_t slots, T* scratch);
};

template <class T>
struct Table : Inference<T> {
  int64_t lanes;
  int64_t (*buffer)(Cell);  // how many times H a row of the gate buffer has columns
  void (*backward)(Cell, const Backward<T>&, Share, Team, int64_t slots, T* scratch);
  // A [depth, units] matrix given row by row.
  void (*pack_rows)(const T* const* rows, int64_t depth, int64_t units, Range, T* packed);
  // The products over all steps (all_steps.h): of a few rows with a packed matrix of `gates` 1, ...
  int64_t (*multiply_scratch)(int64_t units);
  void (*multiply)(int64_t rows, const T* a, int64_t a_stride, int64_t depth, int64_t units, const T* packed, T* out,
                   int64_t out_stride, T* scratch);
  // ... and of columns of the gate gradients with rows of `units` numbers, step by step, `steps_together` of them packed
  // at a time. The scratch, outer_row numbers for each column and a multiple of tile_rows of them, begins as zeros;
  // add_outer adds to it until finish_outer writes the results.
  int64_t (*outer_row)(int64_t units);
  void (*add_outer)(const T* d_gates, int64_t stride, int64_t steps, Range columns, int64_t units, const T* packed,
                    T* scratch);
  void (*finish_outer)(Range columns, int64_t rows, int64_t shift, int64_t units, const T* scratch, T* d_weight,
                       T* d_bias);
  void (*row_steps)(const RowSteps<T>&, Range);      // of these places in `rows`
  void (*tanh)(const T* x, T* y, int64_t count);     // the activations alone, for tests of their error bound
  void (*sigmoid)(const T* x, T* y, int64_t count);
};

struct Target {
  const char* name;
  Table<float> f32;
  Table<double> f64;
  Inference<float, Half> f32_half;
};

}  // namespace elman
