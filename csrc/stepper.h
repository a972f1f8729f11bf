// A cell whose weights were copied and packed once, to be advanced one step at a time.
#pragma once

#include <vector>

#include "products.h"

namespace elman {

// T is what the cell computes with, W what its weights are kept as. Shapes as in passes.h.
template <class T, class W = T>
class Stepper {
 public:
  Stepper(Cell cell, int64_t inputs, int64_t hidden, const T* weight_ih, const T* weight_hh, const T* bias_ih,
          const T* bias_hh)
      : cell_(cell), run_(inference<T, W>()), inputs_(inputs), hidden_(hidden) {
    const int64_t gates = run_.gates(cell_);
    pack_transposed(Team{}, weight_ih, inputs, gates, hidden, ih_.of(run_.packed_size(inputs, gates, hidden)));
    pack_transposed(Team{}, weight_hh, hidden, gates, hidden, hh_.of(run_.packed_size(hidden, gates, hidden)));
    bias_ih_.assign(gates * hidden, 0);
    if (bias_ih) bias_ih_.assign(bias_ih, bias_ih + gates * hidden);
    bias_hh_ = packed_bias_of(run_, bias_hh, gates, hidden);
  }

  // A step is a batch of sequences of length one. A state may be written where it was read.
  void step(int64_t batch, const T* x, const T* h, const T* c, T* h_out, T* c_out) {
    while (static_cast<int64_t>(order_.size()) < batch) {
      order_.push_back(static_cast<int64_t>(order_.size()));
      ones_.push_back(1);
    }
    const int64_t slots = std::max<int64_t>(1, std::min<int64_t>(batch, 4));
    Forward<T, W> p{};
    p.hidden = hidden_;
    p.offsets = order_.data();
    p.lengths = ones_.data();
    p.packed = hh_.of(0);
    p.bias_ih = bias_ih_.data();
    p.bias_hh = bias_hh_.data();
    p.h0 = h;
    p.c0 = c;
    p.output = p.h_n = h_out;
    p.c_n = c_out;
    p.inside = true;
    p.inputs = inputs_;
    p.x = x;
    p.packed_ih = ih_.of(0);
    run_.forward(cell_, p, Share{order_.data(), batch}, Team{}, slots,
                 scratch_.of(run_.scratch_size(cell_, hidden_, slots)));
  }

 private:
  Cell cell_;
  const Inference<T, W>& run_;
  int64_t inputs_, hidden_;
  Buffer<W> ih_, hh_;
  Buffer<T> scratch_;
  std::vector<T> bias_ih_, bias_hh_;
  std::vector<int64_t> order_, ones_;
};

}  // namespace elman
