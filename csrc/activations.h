// tanh and sigmoid from one power of two. Largest error against the true value, as the tests hold it: absolute
// 2e-7 (float) and 4e-16 (double); tanh also relative, so that small values keep their digits. NaN stays NaN.
#pragma once

#include "simd.h"

namespace elman::ELMAN_TARGET {

template <class T> struct Constants;

template <> struct Constants<float> {
  static constexpr int mantissa = 23;
  static constexpr int32_t one = 0x3f800000;          // the bits of 1.0f
  static constexpr float round = 12582912.0f;         // 1.5 * 2^23: adding it rounds to an integer
  static constexpr float sigmoid_limit = 87.0f;       // exp(87) is finite
  static constexpr float tanh_limit = 10.0f;          // tanh(10) is 1 to the last bit
  static constexpr int terms = 7;
};

template <> struct Constants<double> {
  static constexpr int mantissa = 52;
  static constexpr int64_t one = 0x3ff0000000000000;
  static constexpr double round = 6755399441055744.0;  // 1.5 * 2^52
  static constexpr double sigmoid_limit = 708.0;
  static constexpr double tanh_limit = 22.0;
  static constexpr int terms = 13;
};

constexpr double log2_e = 1.44269504088896340736;

// The coefficient of f^k in 2^f = exp(f ln 2).
constexpr double coefficient(int k) { return k == 0 ? 1 : coefficient(k - 1) / (log2_e * k); }

// The terms of (2^f - 1) / f from the kth on, by Horner's scheme.
template <int k, class V>
ELMAN_INLINE V series_from(V f) {
  using T = typename V::Scalar;
  constexpr T c = static_cast<T>(coefficient(k));
  if constexpr (k == Constants<T>::terms) return V::all(c);
  else return fma(series_from<k + 1>(f), f, V::all(c));
}

// exp(scale x) in two parts, power = 2^n and rest, so that exp(scale x) = power + power * rest and nothing cancels
// when 1 is taken off: scale x log2(e) = n + f with |f| <= 1/2, and rest = 2^f - 1.
template <class V>
struct Exp {
  using T = typename V::Scalar;
  V power, rest;

  ELMAN_INLINE Exp(V x, T scale) {
    using C = Constants<T>;
    const V factor = V::all(static_cast<T>(scale * log2_e));
    const V shifted = fma(x, factor, V::all(C::round));
    const V n = shifted - V::all(C::round);
    const V f = fma(x, factor, V::all(0) - n);
    rest = f * series_from<1>(f);
    power = shift_bits(shifted, C::mantissa, C::one);  // the low bits of `shifted` are n
  }
};

template <class V>
ELMAN_INLINE V sigmoid(V x) {
  const Exp<V> e(clamp(x, Constants<typename V::Scalar>::sigmoid_limit), -1);
  return V::all(1) / fma(e.power, e.rest, e.power + V::all(1));
}

template <class V>
ELMAN_INLINE V tanh(V x) {
  const Exp<V> e(clamp(x, Constants<typename V::Scalar>::tanh_limit), 2);
  return fma(e.power, e.rest, e.power - V::all(1)) / fma(e.power, e.rest, e.power + V::all(1));
}

}  // namespace elman::ELMAN_TARGET
