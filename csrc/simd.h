// A vector of L numbers and the few operations the kernels need. GCC and clang map it to registers through their
// vector extensions; other compilers get a plain array and whatever their optimiser makes of it.
//
// Everything lives in a namespace of its own per target: the same template compiled with different flags must not
// share a symbol, or the linker would hand AVX-512 code to a CPU without it. For the same reason no std:: templates
// are used below this line.
#pragma once

#include <math.h>

#include <cstdint>
#include <cstring>

#if defined(ELMAN_X86) && defined(__GNUC__)
#include <immintrin.h>
#endif

#if defined(_MSC_VER) && !defined(__clang__)
#define ELMAN_INLINE __forceinline
#else
#define ELMAN_INLINE inline __attribute__((always_inline))
#endif

namespace elman::ELMAN_TARGET {

template <class T> struct Bits;
template <> struct Bits<float> { using Int = int32_t; };
template <> struct Bits<double> { using Int = int64_t; };

#if defined(_MSC_VER) && !defined(__clang__)
ELMAN_INLINE float square_root(float x) { return sqrtf(x); }
ELMAN_INLINE double square_root(double x) { return ::sqrt(x); }
#else
ELMAN_INLINE float square_root(float x) { return __builtin_sqrtf(x); }
ELMAN_INLINE double square_root(double x) { return __builtin_sqrt(x); }
#endif

#if defined(__GNUC__)

template <class T, int L>
struct Vec {
  using Scalar = T;
  using Int = typename Bits<T>::Int;
  static constexpr int lanes = L;
  typedef T Native __attribute__((vector_size(L * sizeof(T))));
  typedef Int NativeInt __attribute__((vector_size(L * sizeof(T))));
  typedef T Unaligned __attribute__((vector_size(L * sizeof(T)), aligned(alignof(T)), may_alias));
  Native v;

  static ELMAN_INLINE Vec load(const T* p) { return {*reinterpret_cast<const Unaligned*>(p)}; }
  // two vectors of which each word holds a half: of the first in its lower bits, of the second in its upper ones
  static ELMAN_INLINE void load_halves(const void* p, Vec& first, Vec& second) {
    NativeInt words;
    memcpy(&words, p, sizeof words);
    first.v = reinterpret_cast<Native>(words << 16);
    second.v = reinterpret_cast<Native>(words & static_cast<Int>(0xffff0000));
  }
  static ELMAN_INLINE Vec all(T x) { return {x - Native{}}; }  // minus zero: an identity even for -0.0
  ELMAN_INLINE void store(T* p) const { *reinterpret_cast<Unaligned*>(p) = v; }

  friend ELMAN_INLINE Vec operator+(Vec a, Vec b) { return {a.v + b.v}; }
  friend ELMAN_INLINE Vec operator-(Vec a, Vec b) { return {a.v - b.v}; }
  friend ELMAN_INLINE Vec operator*(Vec a, Vec b) { return {a.v * b.v}; }
  friend ELMAN_INLINE Vec operator/(Vec a, Vec b) { return {a.v / b.v}; }
  // a > b ? x : y, lane by lane
  friend ELMAN_INLINE Vec where_greater(Vec a, Vec b, Vec x, Vec y) { return {a.v > b.v ? x.v : y.v}; }
  // a * b + c; the compiler contracts it where the target has the instruction
  friend ELMAN_INLINE Vec fma(Vec a, Vec b, Vec c) { return {a.v * b.v + c.v}; }
  friend ELMAN_INLINE Vec sqrt(Vec x) {
#if defined(ELMAN_X86)
    constexpr bool single = sizeof(T) == 4;
    constexpr int bytes = L * sizeof(T);
    if constexpr (bytes == 16 && single) return {_mm_sqrt_ps(x.v)};
    else if constexpr (bytes == 16 && L == 2) return {_mm_sqrt_pd(x.v)};
#if defined(__AVX__)
    else if constexpr (bytes == 32 && single) return {_mm256_sqrt_ps(x.v)};
    else if constexpr (bytes == 32) return {_mm256_sqrt_pd(x.v)};
#endif
#if defined(__AVX512F__)
    else if constexpr (bytes == 64 && single) return {_mm512_sqrt_ps(x.v)};
    else if constexpr (bytes == 64) return {_mm512_sqrt_pd(x.v)};
#endif
    else
#endif
    {
      for (int i = 0; i < L; ++i) x.v[i] = square_root(x.v[i]);
      return x;
    }
  }
  // x brought into [-limit, limit], but a NaN as it is: min and max return their second operand then
  friend ELMAN_INLINE Vec clamp(Vec x, T limit) {
    const Vec low = all(-limit), high = all(limit);
#if defined(ELMAN_X86)
    constexpr bool single = sizeof(T) == 4;
    constexpr int bytes = L * sizeof(T);
    if constexpr (bytes == 16 && single) return {_mm_max_ps(low.v, _mm_min_ps(high.v, x.v))};
    else if constexpr (bytes == 16 && L == 2) return {_mm_max_pd(low.v, _mm_min_pd(high.v, x.v))};
#if defined(__AVX__)
    else if constexpr (bytes == 32 && single) return {_mm256_max_ps(low.v, _mm256_min_ps(high.v, x.v))};
    else if constexpr (bytes == 32) return {_mm256_max_pd(low.v, _mm256_min_pd(high.v, x.v))};
#endif
#if defined(__AVX512F__)
    else if constexpr (bytes == 64 && single) return {_mm512_max_ps(low.v, _mm512_min_ps(high.v, x.v))};
    else if constexpr (bytes == 64) return {_mm512_max_pd(low.v, _mm512_min_pd(high.v, x.v))};
#endif
    else
#endif
      return where_greater(low, x, low, where_greater(x, high, high, x));
  }
  // the bits of a, as integers, shifted left and added to
  friend ELMAN_INLINE Vec shift_bits(Vec a, int left, Int add) {
    NativeInt bits = reinterpret_cast<NativeInt>(a.v);
    bits = (bits << left) + add;
    return {reinterpret_cast<Native>(bits)};
  }
};

#else

template <class T, int L>
struct Vec {
  using Scalar = T;
  using Int = typename Bits<T>::Int;
  static constexpr int lanes = L;
  T v[L];

  static ELMAN_INLINE Vec load(const T* p) { Vec r; for (int i = 0; i < L; ++i) r.v[i] = p[i]; return r; }
  static ELMAN_INLINE void load_halves(const void* p, Vec& first, Vec& second) {
    uint32_t words[L];
    memcpy(words, p, sizeof words);
    for (int i = 0; i < L; ++i) {
      const uint32_t low = words[i] << 16, high = words[i] & 0xffff0000;
      memcpy(&first.v[i], &low, sizeof low);
      memcpy(&second.v[i], &high, sizeof high);
    }
  }
  static ELMAN_INLINE Vec all(T x) { Vec r; for (int i = 0; i < L; ++i) r.v[i] = x; return r; }
  ELMAN_INLINE void store(T* p) const { for (int i = 0; i < L; ++i) p[i] = v[i]; }

  friend ELMAN_INLINE Vec operator+(Vec a, Vec b) { for (int i = 0; i < L; ++i) a.v[i] += b.v[i]; return a; }
  friend ELMAN_INLINE Vec operator-(Vec a, Vec b) { for (int i = 0; i < L; ++i) a.v[i] -= b.v[i]; return a; }
  friend ELMAN_INLINE Vec operator*(Vec a, Vec b) { for (int i = 0; i < L; ++i) a.v[i] *= b.v[i]; return a; }
  friend ELMAN_INLINE Vec operator/(Vec a, Vec b) { for (int i = 0; i < L; ++i) a.v[i] /= b.v[i]; return a; }
  friend ELMAN_INLINE Vec where_greater(Vec a, Vec b, Vec x, Vec y) {
    for (int i = 0; i < L; ++i) y.v[i] = a.v[i] > b.v[i] ? x.v[i] : y.v[i];
    return y;
  }
  friend ELMAN_INLINE Vec fma(Vec a, Vec b, Vec c) {
    for (int i = 0; i < L; ++i) c.v[i] += a.v[i] * b.v[i];
    return c;
  }
  friend ELMAN_INLINE Vec sqrt(Vec x) { for (int i = 0; i < L; ++i) x.v[i] = square_root(x.v[i]); return x; }
  friend ELMAN_INLINE Vec clamp(Vec x, T limit) {
    for (int i = 0; i < L; ++i) x.v[i] = x.v[i] > limit ? limit : x.v[i] < -limit ? -limit : x.v[i];
    return x;
  }
  friend ELMAN_INLINE Vec shift_bits(Vec a, int left, Int add) {
    for (int i = 0; i < L; ++i) {
      typename Bits<T>::Int bits;
      memcpy(&bits, &a.v[i], sizeof(T));
      bits = static_cast<Int>(static_cast<uint64_t>(bits) << left) + add;
      memcpy(&a.v[i], &bits, sizeof(T));
    }
    return a;
  }
};

#endif

template <class T> constexpr int native_lanes = ELMAN_BYTES / sizeof(T);

// Calls body(vector type, j) over [0, count) with full vectors, and over what is left with ever narrower ones, so
// that no element is touched twice and none beyond the end.
template <class T, int L = native_lanes<T>, class Body>
ELMAN_INLINE void for_each_vector(int64_t count, Body body, int64_t j = 0) {
  for (; j + L <= count; j += L) body(Vec<T, L>{}, j);
  if constexpr (L > 1) {
    if (j < count) for_each_vector<T, L / 2>(count, body, j);
  }
}

}  // namespace elman::ELMAN_TARGET
