// What each cell does with one step's sums, element by element; the products around it are loop.h's. A cell is
// one struct: its gates, how wide its row of the gate buffer is, and two functions over a vector of units j.
//
// forward:  `inputs` is x W_ih^T, `sums` is h W_hh^T + b_hh; `gates` takes the activated gates.
// backward: `carry` and `dc` bring dL/dh and dL/dc from the step after (in time of the run) and take what goes
//           straight to the step before; what passes through W_hh is added by the next product.
#pragma once

#include "activations.h"
#include "kernels.h"

namespace elman::ELMAN_TARGET {

// Numbers for each gate of a stretch of units: gate k of unit j is data[k * stride + j - from].
template <class T>
struct Gates {
  const T* data;
  int64_t stride, from;

  template <class V> ELMAN_INLINE V load(int64_t k, int64_t j) const { return V::load(data + k * stride + (j - from)); }
};

template <class T>
struct ForwardRow {
  Gates<T> inputs, sums;
  T* gates;  // [buffer, H]; may be where the inputs are
  const T *bias_ih, *h_before, *c_before;
  T *h, *c;
};

template <class T>
struct BackwardRow {
  const T *gates, *h_before, *h, *c_before, *c, *d_output;
  T *d_gates, *carry, *dc;
  T *d_h, *d_c;  // null, or where the whole gradients are to be kept
};

// a' = h' = f(a); each activation knows its derivative from its value.
struct Tanh {
  template <class V> static V value(V a) { return tanh(a); }
  template <class V> static V slope(V y) { return V::all(1) - y * y; }
};
struct Relu {  // not max(a, 0): a NaN must come through
  template <class V> static V value(V a) { return where_greater(V::all(0), a, V::all(0), a); }
  template <class V> static V slope(V y) { return where_greater(y, V::all(0), V::all(1), V::all(0)); }
};
struct Sigmoid {
  template <class V> static V value(V a) { return sigmoid(a); }
  template <class V> static V slope(V y) { return y * (V::all(1) - y); }
};

template <class F>
struct Rnn {
  static constexpr int gates = 1, buffer = 1, inputs_at = 0;
  static constexpr bool has_c = false;

  template <class V, class T>
  static ELMAN_INLINE void forward(const ForwardRow<T>& row, int64_t, int64_t j) {
    const V a = row.inputs.template load<V>(0, j) + V::load(row.bias_ih + j) + row.sums.template load<V>(0, j);
    F::value(a).store(row.h + j);
  }

  template <class V, class T>
  static ELMAN_INLINE void backward(const BackwardRow<T>& row, int64_t, int64_t j) {
    const V dh = V::load(row.d_output + j) + V::load(row.carry + j);
    if (row.d_h) dh.store(row.d_h + j);
    (dh * F::slope(V::load(row.h + j))).store(row.d_gates + j);
    V::all(0).store(row.carry + j);
  }
};

struct Lstm {
  static constexpr int gates = 4, buffer = 4, inputs_at = 0;
  static constexpr bool has_c = true;

  template <class V, class T>
  static ELMAN_INLINE void forward(const ForwardRow<T>& row, int64_t H, int64_t j) {
    const auto gate = [&](int64_t k) {
      return row.inputs.template load<V>(k, j) + V::load(row.bias_ih + k * H + j) + row.sums.template load<V>(k, j);
    };
    const V i = sigmoid(gate(0));
    const V f = sigmoid(gate(1));
    const V g = tanh(gate(2));
    const V o = sigmoid(gate(3));
    const V c = fma(f, V::load(row.c_before + j), i * g);
    i.store(row.gates + j);
    f.store(row.gates + j + H);
    g.store(row.gates + j + 2 * H);
    o.store(row.gates + j + 3 * H);
    c.store(row.c + j);
    (o * tanh(c)).store(row.h + j);
  }

  template <class V, class T>
  static ELMAN_INLINE void backward(const BackwardRow<T>& row, int64_t H, int64_t j) {
    const V one = V::all(1);
    const V i = V::load(row.gates + j), f = V::load(row.gates + j + H);
    const V g = V::load(row.gates + j + 2 * H), o = V::load(row.gates + j + 3 * H);
    const V tanh_c = tanh(V::load(row.c + j));
    const V dh = V::load(row.d_output + j) + V::load(row.carry + j);
    const V dc = fma(dh * o, one - tanh_c * tanh_c, V::load(row.dc + j));
    if (row.d_h) dh.store(row.d_h + j);
    if (row.d_c) dc.store(row.d_c + j);
    (dc * g * i * (one - i)).store(row.d_gates + j);
    (dc * V::load(row.c_before + j) * f * (one - f)).store(row.d_gates + j + H);
    (dc * i * (one - g * g)).store(row.d_gates + j + 2 * H);
    (dh * tanh_c * o * (one - o)).store(row.d_gates + j + 3 * H);
    (dc * f).store(row.dc + j);
    V::all(0).store(row.carry + j);
  }
};

struct Gru {  // the buffer holds [hn, r, z, n]; sums and biases stand in torch's order r z n
  static constexpr int gates = 3, buffer = 4, inputs_at = 1;
  static constexpr bool has_c = false;

  template <class V, class T>
  static ELMAN_INLINE void forward(const ForwardRow<T>& row, int64_t H, int64_t j) {
    const auto input = [&](int64_t k) { return row.inputs.template load<V>(k, j) + V::load(row.bias_ih + k * H + j); };
    const auto sum = [&](int64_t k) { return row.sums.template load<V>(k, j); };
    const V r = sigmoid(input(0) + sum(0));
    const V z = sigmoid(input(1) + sum(1));
    const V hn = sum(2);
    const V n = tanh(fma(r, hn, input(2)));
    hn.store(row.gates + j);
    r.store(row.gates + j + H);
    z.store(row.gates + j + 2 * H);
    n.store(row.gates + j + 3 * H);
    fma(z, V::load(row.h_before + j) - n, n).store(row.h + j);
  }

  template <class V, class T>
  static ELMAN_INLINE void backward(const BackwardRow<T>& row, int64_t H, int64_t j) {
    const V one = V::all(1);
    const V hn = V::load(row.gates + j), r = V::load(row.gates + j + H);
    const V z = V::load(row.gates + j + 2 * H), n = V::load(row.gates + j + 3 * H);
    const V dh = V::load(row.d_output + j) + V::load(row.carry + j);
    if (row.d_h) dh.store(row.d_h + j);
    const V dn = dh * (one - z) * (one - n * n);
    (dn * r).store(row.d_gates + j);
    (dn * hn * r * (one - r)).store(row.d_gates + j + H);
    (dh * (V::load(row.h_before + j) - n) * z * (one - z)).store(row.d_gates + j + 2 * H);
    dn.store(row.d_gates + j + 3 * H);
    (dh * z).store(row.carry + j);
  }
};

struct Mgu {  // the buffer holds [hn, f, n]; sums and biases stand in the order f n
  static constexpr int gates = 2, buffer = 3, inputs_at = 1;
  static constexpr bool has_c = false;

  template <class V, class T>
  static ELMAN_INLINE void forward(const ForwardRow<T>& row, int64_t H, int64_t j) {
    const auto input = [&](int64_t k) { return row.inputs.template load<V>(k, j) + V::load(row.bias_ih + k * H + j); };
    const auto sum = [&](int64_t k) { return row.sums.template load<V>(k, j); };
    const V f = sigmoid(input(0) + sum(0));
    const V hn = sum(1);
    const V n = tanh(fma(f, hn, input(1)));
    const V h = V::load(row.h_before + j);
    hn.store(row.gates + j);
    f.store(row.gates + j + H);
    n.store(row.gates + j + 2 * H);
    fma(f, n - h, h).store(row.h + j);
  }

  template <class V, class T>
  static ELMAN_INLINE void backward(const BackwardRow<T>& row, int64_t H, int64_t j) {
    const V one = V::all(1);
    const V hn = V::load(row.gates + j), f = V::load(row.gates + j + H), n = V::load(row.gates + j + 2 * H);
    const V dh = V::load(row.d_output + j) + V::load(row.carry + j);
    if (row.d_h) dh.store(row.d_h + j);
    const V dn = dh * f * (one - n * n);
    const V df = fma(dn, hn, dh * (n - V::load(row.h_before + j)));
    (dn * f).store(row.d_gates + j);
    (df * f * (one - f)).store(row.d_gates + j + H);
    dn.store(row.d_gates + j + 2 * H);
    (dh * (one - f)).store(row.carry + j);
  }
};

}  // namespace elman::ELMAN_TARGET
