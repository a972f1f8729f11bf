// A layer's pass over a ragged batch in one direction, forward or backward, as one call: the products over all steps, the
// time loop, the weight gradients. B sequences, N steps in all; G*H rows of the weights; "width" as in kernels.h. The
// caller has checked shapes, dtypes and contiguity, and keeps the arrays alive; nothing raises for what is in them.
#pragma once

#include "kernels.h"

namespace elman {

template <class T>
struct ForwardPass {
  Cell cell;
  int threads;                        // at most so many
  int64_t batch, hidden, inputs;      // B, H, I
  bool reverse;                       // run each sequence from its last row to its first
  bool inside;                        // the input projection stands inside the loop; only where no gates are kept
  const int64_t* lengths;             // [B]
  const T* x;                         // [N, I]
  const T *weight_ih, *weight_hh;     // [G*H, I], [G*H, H]
  const T *bias_ih, *bias_hh;         // [G*H]; null for none
  const T *h0, *c0;                   // [B, H]; null for zeros, or for a cell without c
  T* gates;                           // [N, width]; null if `inside`
  T* output;                          // [N, H]; a simple cell's is `gates`
  T* cells;                           // [N, H], every step's c; null keeps only the last, or for a cell without c
  T *h_n, *c_n;                       // [B, H]; c_n null for a cell without c
};

template <class T>
struct BackwardPass {
  Cell cell;
  int threads;
  int64_t batch, hidden, inputs;
  bool reverse;
  const int64_t* lengths;             // all of these as in the forward pass
  const T* x;
  const T *weight_ih, *weight_hh;
  const T *h0, *c0;
  const T *gates, *output, *cells;    // as the forward pass left them
  const T *d_output, *d_h_n, *d_c_n;  // [N, H], [B, H], [B, H], gradients from above; null for zeros
  T* d_gates;                         // [N, width], which is written; may be the memory of `gates`
  T* d_x;                             // [N, I]; from here on null where nobody wants it
  T *d_weight_ih, *d_weight_hh;       // [G*H, I], [G*H, H]
  T *d_bias_ih, *d_bias_hh;           // [G*H]
  T *d_h0, *d_c0;                     // [B, H]; d_c0 is needed by a cell with c
  T *d_h, *d_c;                       // [N, H], the whole dL/dh_t and dL/dc_t
};

template <class T>
void forward(const ForwardPass<T>&);

template <class T>
void backward(const BackwardPass<T>&);

template <class T>
void row_steps(const RowSteps<T>&);

}  // namespace elman
