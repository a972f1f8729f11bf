// Thousands of random shapes through every kernel, on arrays of exactly the stated sizes, for sanitize.sh to run
// under AddressSanitizer and UndefinedBehaviorSanitizer, and under ThreadSanitizer. Also checks that a sequence's
// numbers do not depend on how many others its thread holds, nor on how many threads share a step.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "schedule.h"

namespace elman::SANITIZED { Target target(); }
using namespace elman;

std::mt19937 generator(1);
int64_t between(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(generator); }

template <class T>
std::vector<T> random(int64_t count) {
  std::vector<T> v(count);
  for (T& x : v) x = std::normal_distribution<T>(0, T(0.3))(generator);
  return v;
}

// Runs work(team) on each member of a team.
template <class Work>
void together(int size, Work work) {
  Barrier barrier;
  barrier.size = size;
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) threads.emplace_back(work, Team{rank, size, &barrier});
  for (std::thread& thread : threads) thread.join();
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
  run.pack_transposed(bias.data(), 1, G, H, blocks, packed_bias.data());
  run.pack(weight.data(), columns, H, run.buffer(cell) > run.gates(cell) ? columns - H : 0, blocks,
           backward_packed.data());
  const bool reverse = between(0, 1), from_zeros = between(0, 1);
  const T *h_before = from_zeros ? nullptr : h0.data(), *c_before = from_zeros ? nullptr : c0.data();
  std::vector<std::vector<T>> results;
  const int64_t several = between(2, 16);
  const Share share{all.data(), B};
  for (const auto& [slots, members] : {std::pair{int64_t{1}, 1}, {several, 1}, {several, 3}}) {
    std::vector<T> buffer = projected, separate(N * H), cells(N * H), h_n(B * H), c_n(B * H), d_gates(N * width);
    std::vector<T> d_h0(B * H), d_c0(B * H);
    T* output = in_place ? buffer.data() : separate.data();
    const Forward<T> forward{H, reverse, offsets.data(), lengths.data(), forward_packed.data(), bias.data(),
                             packed_bias.data(), h_before, c_before, buffer.data(), output, cells.data(), h_n.data(),
                             c_n.data(), 0, nullptr, nullptr};
    const Backward<T> backward{H, reverse, offsets.data(), lengths.data(), backward_packed.data(), h_before, c_before,
                               buffer.data(), output, cells.data(), above.data(), h0.data(), nullptr, d_gates.data(),
                               from_zeros ? nullptr : d_h0.data(), d_c0.data(), nullptr, nullptr};
    const auto with_scratch = [&, slots = slots](auto function, const auto& arguments, Team team) {
      std::vector<T> scratch(run.scratch_size(cell, H, slots));
      function(cell, arguments, share, team, slots, scratch.data());
    };
    together(members, [&](Team team) { with_scratch(run.forward, forward, team); });
    together(members, [&](Team team) { with_scratch(run.backward, backward, team); });
    for (auto* v : {&h_n, &d_gates, &d_h0}) results.push_back(*v);
  }
  for (int i = 0; i < 6; ++i)
    if (results[i] != results[i + 3]) std::printf("slots or threads change the result\n"), std::exit(1);

  // With the input projection inside the loop, for inference.
  std::vector<T> packed_ih(run.packed_size(I, G, H)), output(N * H), h_n(B * H), c_n(B * H);
  std::vector<T> scratch(run.scratch_size(cell, H, several));
  run.pack_transposed(weight_ih.data(), I, G, H, blocks, packed_ih.data());
  const auto x = random<T>(N * I);
  run.forward(cell, {H, reverse, offsets.data(), lengths.data(), forward_packed.data(), bias.data(), packed_bias.data(),
                     h_before, c_before, nullptr, output.data(), nullptr, h_n.data(), c_n.data(), I, x.data(),
                     packed_ih.data()},
              share, Team{}, several, scratch.data());
}

int main(int, char** argv) {
  const Target target = SANITIZED::target();
  const int shapes = std::atoi(argv[1]);
  for (int i = 0; i < shapes; ++i)
    for (const Cell cell : {Cell::rnn_tanh, Cell::rnn_relu, Cell::rnn_sigmoid, Cell::lstm, Cell::gru, Cell::mgu}) {
      one_shape(target.f32, cell);
      one_shape(target.f64, cell);
    }
  std::printf("%s: %d random shapes of each cell and type, nothing found\n", target.name, shapes);
}
