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

// The sequences that one thread runs: its own, then what it takes from those that all threads share (schedule.h).
struct Queue;
int64_t take(Queue&);  // the next shared sequence, or -1
struct Share {
  const int64_t* sequences;
  int64_t count;
  Queue* common = nullptr;
};

// Blocks [first, last) of units: what a thread packs, or computes (product.h cuts the units into blocks).
struct Range {
  int64_t first, last;
};

// Threads that run the same sequences together, each its part of the units, and wait for each other at every step.
struct Barrier;
void wait(Barrier&);
struct Team {
  int rank = 0, size = 1;
  Barrier* barrier = nullptr;
};

template <class T>
struct Forward {
  int64_t hidden;
  bool reverse;                     // run each sequence from its last row to its first
  const int64_t *offsets, *lengths;
  const T* packed;                  // weight_hh, packed by pack_forward
  const T *bias_ih, *bias_hh;       // [G*H], zeros where a layer has none; bias_hh packed, as a weight of depth 1
  const T *h0, *c0;                 // [B, H]; null for zeros
  T* gates;                         // [N, width]; null where x is given: then nothing is kept for a backward pass
  T* output;                        // [N, H]
  T* cells;                         // [N, H], every step's c; null keeps only the last (inference)
  T *h_n, *c_n;                     // [B, H]
  int64_t inputs;                   // I; the rest is for inference, with the input projection inside the loop:
  const T *x, *packed_ih;           // [N, I] and weight_ih, packed like weight_hh; null where `gates` hold it
};

template <class T>
struct Backward {
  int64_t hidden;
  bool reverse;                     // as in the forward pass
  const int64_t *offsets, *lengths;
  const T* packed;                  // weight_hh, packed by pack_backward
  const T *h0, *c0;                 // as in the forward pass
  const T *gates, *output, *cells;  // as the forward pass left them
  const T *d_output, *d_h_n, *d_c_n;  // gradients from above; any may be null for zero
  T* d_gates;                       // [N, width]; may be the same memory as gates
  T *d_h0, *d_c0;                   // [B, H]; d_h0 may be null if nobody wants it
  T *d_h, *d_c;                     // [N, H], the whole dL/dh_t and dL/dc_t; null if nobody wants them
};

template <class T>
struct Table {
  int64_t lanes;
  int64_t (*gates)(Cell);   // G: how many times H the weights have rows
  int64_t (*buffer)(Cell);  // how many times H a row of the gate buffer has columns
  int64_t (*packed_size)(int64_t depth, int64_t gates, int64_t units);  // elements that a packed matrix takes
  int64_t (*blocks)(int64_t units);
  // The matrix that h is multiplied with: W^T of a [gates * units, depth] weight.
  void (*pack_transposed)(const T* weight, int64_t depth, int64_t gates, int64_t units, Range, T* packed);
  // The matrix that gate gradients are multiplied with: a [depth, units] weight whose rows start at `first` and
  // wrap around.
  void (*pack)(const T* weight, int64_t depth, int64_t units, int64_t first, Range, T* packed);
  int64_t (*scratch_size)(Cell, int64_t hidden, int64_t slots);
  void (*forward)(Cell, const Forward<T>&, Share, Team, int64_t slots, T* scratch);
  void (*backward)(Cell, const Backward<T>&, Share, Team, int64_t slots, T* scratch);
  void (*tanh)(const T* x, T* y, int64_t count);     // the activations alone, for tests of their error bound
  void (*sigmoid)(const T* x, T* y, int64_t count);
};

struct Target {
  const char* name;
  Table<float> f32;
  Table<double> f64;
};

}  // namespace elman
