// tanh and sigmoid from one expm1. Largest absolute error against the true value, as the tests hold it:
// float 2e-7, double 4e-16. Both are within a few units in the last place near zero, and NaN stays NaN.
#pragma once

#include "simd.h"

namespace elman::ELMAN_TARGET {

template <class T> struct Constants;

template <> struct Constants<float> {
  static constexpr int mantissa = 23;
  static constexpr int32_t one = 0x3f800000;          // the bits of 1.0f
  static constexpr float round = 12582912.0f;         // 1.5 * 2^23: adding it rounds to an integer
  static constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
  static constexpr float exp_limit = 87.0f;           // exp stays a normal number
  static constexpr float tanh_limit = 20.0f;          // tanh(10) is 1 to the last bit
  static constexpr int terms = 7;
};

template <> struct Constants<double> {
  static constexpr int mantissa = 52;
  static constexpr int64_t one = 0x3ff0000000000000;
  static constexpr double round = 6755399441055744.0;  // 1.5 * 2^52
  static constexpr double ln2_high = 0.693145751953125, ln2_low = 1.42860682030941723212e-6;
  static constexpr double exp_limit = 708.0;
  static constexpr double tanh_limit = 44.0;
  static constexpr int terms = 13;
};

constexpr double factorial(int k) { return k < 2 ? 1 : k * factorial(k - 1); }

// Taylor's series of (exp(r) - 1) / r by Horner's scheme: the terms 1/k! r^(k-1) from k on.
template <int k, class V>
ELMAN_INLINE V series_from(V r) {
  using T = typename V::Scalar;
  const V term = V::all(static_cast<T>(1 / factorial(k)));
  if constexpr (k == Constants<T>::terms) return term;
  else return fma(series_from<k + 1>(r), r, term);
}

template <class V>
ELMAN_INLINE V clamp(V x, typename V::Scalar limit) {
  x = where_greater(x, V::all(limit), V::all(limit), x);
  return where_greater(V::all(-limit), x, V::all(-limit), x);
}

// exp(x) - 1 for |x| <= exp_limit: x = n ln2 + r, |r| <= ln2 / 2, then 2^n (exp(r) - 1) + (2^n - 1).
template <class V>
ELMAN_INLINE V expm1(V x) {
  using T = typename V::Scalar;
  using C = Constants<T>;
  const V shifted = fma(x, V::all(T(1.44269504088896340736)), V::all(C::round));
  const V n = shifted - V::all(C::round);
  V r = fma(n, V::all(-C::ln2_high), x);
  r = fma(n, V::all(-C::ln2_low), r);
  const V series = r * series_from<1>(r);
  const V power = shift_bits(shifted, C::mantissa, C::one);  // the low bits of `shifted` are n
  return fma(power, series, power - V::all(1));
}

template <class V>
ELMAN_INLINE V sigmoid(V x) {
  return V::all(1) / (V::all(2) + expm1(clamp(V::all(0) - x, Constants<typename V::Scalar>::exp_limit)));
}

template <class V>
ELMAN_INLINE V tanh(V x) {
  const V e = expm1(clamp(x + x, Constants<typename V::Scalar>::tanh_limit));
  return e / (e + V::all(2));
}

}  // namespace elman::ELMAN_TARGET
