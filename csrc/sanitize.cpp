// Random shapes through every kernel and through whole passes on our own threads, on arrays of exactly the stated sizes,
// for sanitize.sh to run under AddressSanitizer and UndefinedBehaviorSanitizer, and under ThreadSanitizer. Also checks
// that a sequence's numbers do not depend on how many others its thread holds, nor on how many threads there are.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "balance.h"
#include "dispatch.h"
#include "passes.h"
#include "threads.h"

namespace elman {
namespace SANITIZED { Target target(); }

const Choice& chosen() {
  static const Choice choice{SANITIZED::target(), ""};
  return choice;
}
}  // namespace elman

using namespace elman;

std::mt19937 generator(1);
int64_t between(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(generator); }

template <class T>
std::vector<T> random(int64_t count) {
  std::vector<T> v(count);
  for (T& x : v) x = std::normal_distribution<T>(0, T(0.3))(generator);
  return v;
}

template <class T>
void one_shape(const Table<T>& run, Cell cell) {
  const int64_t H = between(1, between(0, 9) ? 70 : 300), I = between(1, 40), B = between(0, 12);
  const int64_t G = run.gates(cell), columns = G * H;
  const bool in_place = run.gates(cell) == 1;  // a simple cell's buffer is its output
  const int64_t width = run.buffer(cell) * H;
  std::vector<int64_t> lengths, offsets, all;
  int64_t N = 0;
  for (int64_t b = 0; b < B; ++b) {
    all.push_back(b);
    lengths.push_back(between(0, 9));
    offsets.push_back(N);
    N += lengths.back();
  }
  const auto weight = random<T>(columns * H), weight_ih = random<T>(columns * I), bias = random<T>(columns);
  const auto h0 = random<T>(B * H), c0 = random<T>(B * H), projected = random<T>(N * width), above = random<T>(N * H);
  std::vector<T> forward_packed(run.packed_size(H, G, H)), backward_packed(run.packed_size(columns, 1, H));
  const Range blocks{0, run.blocks(H)};
  run.pack_transposed(weight.data(), H, G, H, blocks, forward_packed.data());
  std::vector<T> packed_bias(run.packed_size(1, G, H));
  run.pack_bias(bias.data(), G, H, packed_bias.data());
  std::vector<const T*> weight_rows;
  for (int64_t k = 0; k < columns; ++k) weight_rows.push_back(weight.data() + k * H);
  run.pack_rows(weight_rows.data(), columns, H, blocks, backward_packed.data());
  const bool reverse = between(0, 1), from_zeros = between(0, 1);
  const T *h_before = from_zeros ? nullptr : h0.data(), *c_before = from_zeros ? nullptr : c0.data();
  std::vector<std::vector<T>> results;
  const int64_t several = between(2, 16);
  const Share share{all.data(), B};
  struct Way {
    int64_t slots;
    int members;
    bool crowded;  // so that the first member goes on alone
  };
  for (const auto& [slots, members, crowded] :
       {Way{1, 1, false}, Way{several, 1, false}, Way{several, 3, false}, Way{several, 3, true}}) {
    std::vector<T> buffer = projected, separate(N * H), cells(N * H), h_n(B * H), c_n(B * H), d_gates(N * width);
    std::vector<T> d_h0(B * H), d_c0(B * H);
    T* output = in_place ? buffer.data() : separate.data();
    const Forward<T> forward{H, reverse, offsets.data(), lengths.data(), forward_packed.data(), bias.data(),
                             packed_bias.data(), h_before, c_before, buffer.data(), output, cells.data(), h_n.data(),
                             c_n.data(), false, 0, nullptr, nullptr};
    const Backward<T> backward{H, reverse, offsets.data(), lengths.data(), backward_packed.data(), h_before, c_before,
                               buffer.data(), output, cells.data(), above.data(), h0.data(), nullptr, d_gates.data(),
                               from_zeros ? nullptr : d_h0.data(), d_c0.data(), nullptr, nullptr};
    const auto as_team = [&, slots = slots, members = members, crowded = crowded](auto function, const auto& arguments) {
      std::vector<T> scratch(run.scratch_size(cell, H, slots));
      Barrier barrier;
      barrier.crowded = crowded;
      together(members, [&](const Team& team) {
        function(cell, arguments, share, Team{team.rank, team.size, &barrier}, slots, scratch.data());
      });
    };
    as_team(run.forward, forward);
    as_team(run.backward, backward);
    for (auto* v : {&h_n, &d_gates, &d_h0}) results.push_back(*v);
  }
  for (int i = 0; i < 9; ++i)
    if (results[i] != results[i + 3]) std::printf("slots or threads change the result\n"), std::exit(1);

  // With the input projection inside the loop.
  std::vector<T> packed_ih(run.packed_size(I, G, H)), output(N * H), h_n(B * H), c_n(B * H);
  std::vector<T> scratch(run.scratch_size(cell, H, several));
  run.pack_transposed(weight_ih.data(), I, G, H, blocks, packed_ih.data());
  const auto x = random<T>(N * I);
  run.forward(cell, {H, reverse, offsets.data(), lengths.data(), forward_packed.data(), bias.data(), packed_bias.data(),
                     h_before, c_before, nullptr, output.data(), nullptr, h_n.data(), c_n.data(), true, I, x.data(),
                     packed_ih.data()},
              share, Team{}, several, scratch.data());
}

// The products over all steps, of one thread's columns and of several threads': the same numbers, and a naive sum's.
template <class T>
void all_steps(const Table<T>& run) {
  const int64_t N = between(0, 300), columns = between(1, between(0, 3) ? 90 : 300);
  const int64_t units = between(1, between(0, 3) ? 60 : 260);
  const int64_t stride = columns + between(0, 20), shift = between(0, columns - 1);
  const auto d_gates = random<T>(N * stride), rows = random<T>(N * units), weight = random<T>(columns * units);
  std::vector<const T*> each, of_weight;
  for (int64_t n = 0; n < N; ++n) each.push_back(rows.data() + n * units);
  for (int64_t k = 0; k < columns; ++k) of_weight.push_back(weight.data() + k * units);
  const Range blocks{0, run.blocks(units)};
  std::vector<T> packed(run.packed_size(N, 1, units)), packed_weight(run.packed_size(columns, 1, units));
  for (int64_t n = 0; n < N; n += steps_together)
    run.pack_rows(each.data() + n, std::min(steps_together, N - n), units, blocks,
                  packed.data() + n * run.packed_size(1, 1, units));
  run.pack_rows(of_weight.data(), columns, units, blocks, packed_weight.data());

  std::vector<std::vector<T>> results;
  for (const int64_t threads : {1, 3}) {
    std::vector<T> d_weight(columns * units), d_bias(columns);
    for (int64_t t = 0; t < threads; ++t) {
      const int64_t tiles = (columns + tile_rows - 1) / tile_rows;
      const Range mine{tiles * t / threads * tile_rows, std::min(columns, tiles * (t + 1) / threads * tile_rows)};
      std::vector<T> scratch((mine.last - mine.first + tile_rows - 1) / tile_rows * tile_rows * run.outer_row(units));
      run.add_outer(d_gates.data(), stride, N, mine, units, packed.data(), scratch.data());
      run.finish_outer(mine, columns, shift, units, scratch.data(), d_weight.data(), d_bias.data());
    }
    results.push_back(d_weight);
    results.push_back(d_bias);
  }
  bool right = results[0] == results[2] && results[1] == results[3];
  std::vector<T> d_x(N * units), scratch(run.multiply_scratch(units));
  for (int64_t n = 0; n < N; n += rows_together)
    run.multiply(std::min(rows_together, N - n), d_gates.data() + n * stride, stride, columns, units,
                 packed_weight.data(), d_x.data() + n * units, units, scratch.data());
  const auto near = [](double a, double b) { return std::abs(a - b) < 1e-3; };
  for (int64_t j = 0; j < columns; ++j)
    for (int64_t i = 0; i < units; ++i) {
      double sum = 0;
      for (int64_t n = 0; n < N; ++n) sum += double(d_gates[n * stride + j]) * rows[n * units + i];
      right = right && near(sum, results[0][(j + shift) % columns * units + i]);
    }
  for (int64_t n = 0; n < N; ++n)
    for (int64_t i = 0; i < units; ++i) {
      double sum = 0;
      for (int64_t j = 0; j < columns; ++j) sum += double(d_gates[n * stride + j]) * weight[j * units + i];
      right = right && near(sum, d_x[n * units + i]);
    }
  if (!right) std::printf("products over all steps are wrong\n"), std::exit(1);
}

// A forward and a backward pass on some threads, by one caller or by two at once: the same numbers always.
template <class T>
void whole_passes(const Table<T>& run, Cell cell) {
  const int64_t H = between(0, 3) ? between(1, 70) : between(128, 200), I = between(1, 40), B = between(1, 6);
  const int64_t columns = run.gates(cell) * H, width = run.buffer(cell) * H;
  const bool has_c = cell == Cell::lstm, in_place = width == H, reverse = between(0, 1);
  std::vector<int64_t> lengths;
  int64_t N = 0;
  for (int64_t b = 0; b < B; ++b) lengths.push_back(between(0, 60 / B)), N += lengths.back();
  const auto x = random<T>(N * I), weight_ih = random<T>(columns * I), weight_hh = random<T>(columns * H);
  const auto bias = random<T>(columns), h0 = random<T>(B * H), c0 = random<T>(B * H), above = random<T>(N * H);
  const auto both = [&](int threads) {
    std::vector<T> gates(N * width), separate(in_place ? 0 : N * H), cells(has_c ? N * H : 0), h_n(B * H), c_n(B * H);
    std::vector<T> d_gates(N * width), d_x(N * I), d_ih(columns * I), d_hh(columns * H), d_bias(columns), d_bias_hh(columns);
    std::vector<T> d_h0(B * H), d_c0(B * H);
    T* output = in_place ? gates.data() : separate.data();
    T* all_c = has_c ? cells.data() : nullptr;
    forward(ForwardPass<T>{cell, threads, B, H, I, reverse, false, lengths.data(), x.data(), weight_ih.data(),
                           weight_hh.data(), bias.data(), bias.data(), h0.data(), has_c ? c0.data() : nullptr,
                           gates.data(), output, all_c, h_n.data(), has_c ? c_n.data() : nullptr});
    backward(BackwardPass<T>{cell, threads, B, H, I, reverse, lengths.data(), x.data(), weight_ih.data(),
                             weight_hh.data(), h0.data(), has_c ? c0.data() : nullptr, gates.data(), output, all_c,
                             above.data(), h0.data(), nullptr, d_gates.data(), d_x.data(), d_ih.data(), d_hh.data(),
                             d_bias.data(), d_bias_hh.data(), d_h0.data(), has_c ? d_c0.data() : nullptr, nullptr,
                             nullptr});
    return std::vector{h_n, c_n, d_x, d_ih, d_hh, d_bias, d_bias_hh, d_h0, d_c0};
  };
  const auto alone = both(1), by_three = both(3);
  std::vector<std::vector<T>> beside;
  std::thread other([&] { beside = both(2); });
  const auto by_two = both(2);
  other.join();
  if (alone != by_two || alone != by_three || alone != beside)
    std::printf("threads change a pass\n"), std::exit(1);
}

// A step on halved weights: exactly what the same numbers give as floats.
void halved(const Target& target, Cell cell) {
  const Inference<float>& full = target.f32;
  const Inference<float, Half>& half = target.f32_half;
  const int64_t H = between(1, 70), I = between(1, 40), B = between(1, 9), G = full.gates(cell);
  const auto rounded = [](std::vector<float> v) {
    for (float& x : v) {
      uint32_t bits;
      std::memcpy(&bits, &x, sizeof bits), bits &= 0xffff0000, std::memcpy(&x, &bits, sizeof bits);
    }
    return v;
  };
  const auto weight = rounded(random<float>(G * H * H)), weight_ih = rounded(random<float>(G * H * I));
  const auto bias = random<float>(G * H), x = random<float>(B * I), h = random<float>(B * H), c = random<float>(B * H);
  std::vector<int64_t> order, ones(B, 1);
  for (int64_t b = 0; b < B; ++b) order.push_back(b);
  const auto step = [&]<class W>(const Inference<float, W>& run) {
    std::vector<W> packed(run.packed_size(H, G, H)), packed_ih(run.packed_size(I, G, H));
    std::vector<float> packed_bias(run.packed_size(1, G, H)), output(B * H), c_n(B * H);
    run.pack_transposed(weight.data(), H, G, H, {0, run.blocks(H)}, packed.data());
    run.pack_transposed(weight_ih.data(), I, G, H, {0, run.blocks(H)}, packed_ih.data());
    run.pack_bias(bias.data(), G, H, packed_bias.data());
    Forward<float, W> p{};
    p.hidden = H, p.offsets = order.data(), p.lengths = ones.data(), p.packed = packed.data();
    p.bias_ih = bias.data(), p.bias_hh = packed_bias.data(), p.h0 = h.data(), p.c0 = c.data();
    p.output = p.h_n = output.data(), p.c_n = c_n.data();
    p.inside = true, p.inputs = I, p.x = x.data(), p.packed_ih = packed_ih.data();
    std::vector<float> scratch(run.scratch_size(cell, H, 4));
    run.forward(cell, p, Share{order.data(), B}, Team{}, 4, scratch.data());
    return output;
  };
  if (step(full) != step(half)) std::printf("halved weights are not those weights\n"), std::exit(1);
}

// Rows of random tables, some of them read long ago, on one thread and on several.
template <class T>
void rows_of_tables() {
  const int64_t V = between(1, 900), size = between(1, 40), count = between(0, V), steps = between(1, 30);
  std::vector<int64_t> rows(V), taken(V), touched(V);
  for (int64_t r = 0; r < V; ++r) {
    rows[r] = r;
    taken[r] = between(0, steps - 1);
    touched[r] = between(-9, taken[r]);
  }
  std::shuffle(rows.begin(), rows.end(), generator);
  rows.resize(count);
  const auto start = random<T>(V * size), mean = random<T>(V * size), gradient = random<T>(count * size);
  auto square = random<T>(V * size);
  for (T& x : square) x = x * x;
  const std::vector<double> one(steps, 1.0), small(steps, 0.01), sums(steps + 1, 0.5);
  std::vector<T> first;
  for (const int threads : {1, 3}) {
    auto weight = start, average = start, m = mean, v = square;
    auto t = taken, touch = touched;
    row_steps(RowSteps<T>{threads, count, size, rows.data(), t.data(), touch.data(), weight.data(), m.data(), v.data(),
                          average.data(), gradient.data(), steps, 9,
                          small.data(), one.data(), one.data(), small.data(), sums.data(), sums.data(), sums.data(), 0.9,
                          0.99, 1e-8});
    if (first.empty()) first = weight;
    else if (memcmp(first.data(), weight.data(), V * size * sizeof(T)) != 0) {
      std::printf("rows depend on how many threads there are\n");
      std::exit(1);
    }
  }
}

void expect(bool right, const char* what) {
  if (right) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

// Passes of a millisecond on two threads, in nanoseconds: what they took, what one would have taken.
void balance_of_teams() {
  Balance balance;
  const auto team = [&](int64_t took, int64_t one) { balance.add_together(took, one); };
  const auto passes_of_one_until_a_team = [&] {
    int count = 0;
    for (; balance.crowded(); ++count) balance.add_alone(1'000'000);
    return count;
  };
  for (int i = 0; i < 1000; ++i) team(i % 20 ? 550'000 : 4'000'000, 1'000'000);  // a daemon runs now and then
  expect(!balance.crowded(), "a team gave up though it paid");
  for (int i = 0; i < 1000; ++i) team(1'010'000, 1'000'000);  // one long sequence, and little for the other thread
  expect(!balance.crowded(), "a team gave up though one thread would take as long");
  team(1'000'000, 100'000);
  expect(!balance.crowded(), "a single millisecond decided");
  for (int breaks : {100, 200, 400, 800, 800}) {
    for (int i = 0; i < 20 && !balance.crowded(); ++i) team(5'000'000, 1'000'000);
    expect(passes_of_one_until_a_team() == breaks, "a break was too short or too long");
  }
  for (int i = 0; i < 4000; ++i) team(550'000, 1'000'000);  // the cores are free again
  for (int i = 0; i < 20 && !balance.crowded(); ++i) team(5'000'000, 1'000'000);
  expect(passes_of_one_until_a_team() == 100, "what was long ago made a break longer");
  balance.give_up();
  expect(balance.crowded() && passes_of_one_until_a_team() == 200, "nobody gave up");
  team(5'000'000, 1'000'000);
  for (int i = 0; i < 20 && !balance.crowded(); ++i) team(5'000'000, 1'000'000);
  passes_of_one_until_a_team();
  team(30'000'000, 1'000'000);
  for (int i = 0; i < 20; ++i) team(550'000, 1'000'000);
  expect(!balance.crowded(), "threads that had slept decided");
}

int main(int, char** argv) {
  balance_of_teams();
  const Target target = SANITIZED::target();
  const int shapes = std::atoi(argv[1]);
  for (int i = 0; i < shapes; ++i) {
    all_steps(target.f32);
    all_steps(target.f64);
    rows_of_tables<float>();
    rows_of_tables<double>();
    for (const Cell cell : {Cell::rnn_tanh, Cell::rnn_relu, Cell::rnn_sigmoid, Cell::lstm, Cell::gru, Cell::mgu}) {
      one_shape(target.f32, cell);
      one_shape(target.f64, cell);
      whole_passes(target.f32, cell);
      whole_passes(target.f64, cell);
      halved(target, cell);
    }
  }
  std::printf("%s: %d random shapes of each cell and type, nothing found\n", target.name, shapes);
}
