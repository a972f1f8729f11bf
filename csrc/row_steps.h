// AdamW on single rows of a matrix: the steps that a row has left out, and the one that it has a gradient of.
#pragma once

#include "kernels.h"
#include "simd.h"

namespace elman::ELMAN_TARGET {

// One row, its numbers in order.
template <class T>
struct Row {
  int64_t size;
  T *weight, *mean, *square, *average;  // average may be null
};

// The nth step; a null gradient is zero.
template <class T>
ELMAN_INLINE void step(const RowSteps<T>& p, const Row<T>& row, int64_t n, const T* gradient) {
  const T keep = static_cast<T>(p.keep[n]), rate = static_cast<T>(p.rate[n]), mix = static_cast<T>(p.mix[n]);
  const T correction = static_cast<T>(p.correction[n]), epsilon = static_cast<T>(p.epsilon);
  const T beta1 = static_cast<T>(p.beta1), beta2 = static_cast<T>(p.beta2);
  const T rest1 = static_cast<T>(1 - p.beta1), rest2 = static_cast<T>(1 - p.beta2);
  for_each_vector<T>(row.size, [&](auto v, int64_t j) {
    using V = decltype(v);
    V mean = V::load(row.mean + j) * V::all(beta1), square = V::load(row.square + j) * V::all(beta2);
    if (gradient) {
      const V g = V::load(gradient + j);
      mean = fma(g, V::all(rest1), mean);
      square = fma(g * g, V::all(rest2), square);
    }
    mean.store(row.mean + j);
    square.store(row.square + j);
    const V scale = fma(sqrt(square), V::all(correction), V::all(epsilon));
    const V weight = V::load(row.weight + j) * V::all(keep) - V::all(rate) * mean / scale;
    weight.store(row.weight + j);
    if (row.average) {
      const V average = V::load(row.average + j);
      fma(weight - average, V::all(mix), average).store(row.average + j);
    }
  });
}

template <class T>
ELMAN_INLINE void scale(T* x, int64_t size, double factor) {
  const T by = static_cast<T>(factor);
  for_each_vector<T>(size, [&](auto v, int64_t j) { (decltype(v)::load(x + j) * decltype(v)::all(by)).store(x + j); });
}

ELMAN_INLINE double power(double base, int64_t exponent) {
  double result = 1;
  for (; exponent; exponent >>= 1, base *= base)
    if (exponent & 1) result *= base;
  return result;
}

// All steps from the nth up to `end` in one, where nothing is left of the momentum: the weight decays, and the average
// follows it.
template <class T>
ELMAN_INLINE void rest(const RowSteps<T>& p, const Row<T>& row, int64_t n, int64_t end) {
  if (n >= end) return;
  if (row.average) {
    const T stays = static_cast<T>(p.mixed[end] / p.mixed[n]);
    const T comes = static_cast<T>(p.mixed[end] / p.kept[n] * (p.summed[end] - p.summed[n]));
    for_each_vector<T>(row.size, [&](auto v, int64_t j) {
      using V = decltype(v);
      fma(V::load(row.weight + j), V::all(comes), V::load(row.average + j) * V::all(stays)).store(row.average + j);
    });
  }
  scale(row.weight, row.size, p.kept[end] / p.kept[n]);
  scale(row.mean, row.size, power(p.beta1, end - n));
  scale(row.square, row.size, power(p.beta2, end - n));
}

template <class T>
void row_steps(const RowSteps<T>& p, Range range) {
  const int64_t before = p.gradient ? p.steps - 1 : p.steps;
  for (int64_t i = range.first; i < range.last; ++i) {
    const int64_t r = p.rows[i], at = r * p.size;
    const Row<T> row{p.size, p.weight + at, p.mean + at, p.square + at, p.average ? p.average + at : nullptr};
    int64_t n = p.taken[r];
    for (; n < before && n < p.touched[r] + p.patience; ++n) step<T>(p, row, n, nullptr);
    rest(p, row, n, before);
    if (p.gradient) {
      step(p, row, before, p.gradient + i * p.size);
      p.touched[r] = p.steps;
    }
    p.taken[r] = p.steps;
  }
}

}  // namespace elman::ELMAN_TARGET
