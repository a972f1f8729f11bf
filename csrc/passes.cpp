#include "passes.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "products.h"
#include "schedule.h"

namespace elman {
namespace {

// Both weights as one pass packs them, forward or backward.
template <class T>
struct Weights {
  Buffer<T> ih, hh;

  void give_back_if_large() {
    ih.give_back_if_large();
    hh.give_back_if_large();
  }
};

template <class T>
Weights<T>& weights_of() {
  static thread_local Weights<T> weights;
  return weights;
}

// Of weight_hh.
template <class T>
int64_t weight_bytes(Cell cell, int64_t hidden) {
  return hidden * hidden * table<T>().gates(cell) * static_cast<int64_t>(sizeof(T));
}

// The sequences of one pass, dealt to its threads or run by a team of them.
template <class T>
class Loop {
 public:
  Loop(Cell cell, int64_t hidden, const int64_t* lengths, int64_t batch, int threads)
      : team_(team_size(batch, threads, weight_bytes<T>(cell, hidden))),
        shares_(team_ > 1 ? 1 : static_cast<int>(std::max<int64_t>(1, std::min<int64_t>(threads, batch)))),
        slots_(std::max<int64_t>(1, std::min(slots_for(weight_bytes<T>(cell, hidden)), (batch + shares_ - 1) / shares_))),
        size_(table<T>().scratch_size(cell, hidden, slots_)),
        schedule_(lengths, batch, shares_, team_ > 1 ? batch : slots_) {  // a team must not race for the queue
    barrier_.watched = true;
  }

  int64_t scratch_size() const { return size_; }  // that each thread is to have

  // Runs work(share, team, slots, scratch) on each share; every thread of the pass is to call it. A team works on the
  // scratch of its first thread.
  template <class F>
  void run(const Team& all, const Scratch<T>& scratch, F work) {
    if (team_ > 1) {
      const int members = std::min(team_, all.size);
      if (all.rank < members) work(schedule_.share(0), Team{all.rank, members, &barrier_}, slots_, scratch.of(0));
    } else {
      for (int i = all.rank; i < shares_; i += all.size)
        work(schedule_.share(i), Team{}, slots_, scratch.of(all.rank));
    }
  }

 private:
  int team_, shares_;
  int64_t slots_, size_;
  Schedule schedule_;
  Barrier barrier_;
};

std::vector<int64_t> offsets_of(const int64_t* lengths, int64_t batch) {
  std::vector<int64_t> offsets(batch + 1);
  std::inclusive_scan(lengths, lengths + batch, offsets.begin() + 1);
  return offsets;
}

// Where the rows of a [count, units] matrix lie, from row `first` on and around the end.
template <class T>
std::vector<const T*> rows_from(const T* matrix, int64_t count, int64_t units, int64_t first) {
  std::vector<const T*> rows(count);
  for (int64_t k = 0; k < count; ++k) rows[k] = matrix + (k + first < count ? k + first : k + first - count) * units;
  return rows;
}

// Where the state before each step lies: in the output, or, before a sequence's first step, in h0 (zeros if null).
template <class T>
std::vector<const T*> states_before(const std::vector<int64_t>& offsets, bool reverse, const T* h0, const T* output,
                                    int64_t hidden, const T* zeros) {
  std::vector<const T*> rows(offsets.back());
  for (size_t b = 0; b + 1 < offsets.size(); ++b)
    for (int64_t n = offsets[b]; n < offsets[b + 1]; ++n) {
      const bool first = reverse ? n + 1 == offsets[b + 1] : n == offsets[b];
      rows[n] = first ? (h0 ? h0 + b * hidden : zeros) : output + (reverse ? n + 1 : n - 1) * hidden;
    }
  return rows;
}

template <class T>
void ask_for_large_pages(T* data, int64_t count) {
  use_large_pages(data, count * static_cast<int64_t>(sizeof(T)));
}

}  // namespace

template <class T>
void forward(const ForwardPass<T>& pass) {
  const Table<T>& run = table<T>();
  const Cell cell = pass.cell;
  const int64_t hidden = pass.hidden, inputs = pass.inputs;
  const bool inside = pass.inside;
  const int64_t gates = run.gates(cell), columns = gates * hidden, width = run.buffer(cell) * hidden;
  const std::vector<int64_t> offsets = offsets_of(pass.lengths, pass.batch);
  const int64_t steps = offsets.back();
  Weights<T>& weights = weights_of<T>();
  const std::vector<T> zeros(pass.bias_ih ? 0 : columns);
  const std::vector<T> packed_bias = packed_bias_of<T, T>(run, pass.bias_hh, gates, hidden);
  T* packed = weights.hh.of(run.packed_size(hidden, gates, hidden));
  T* packed_ih = weights.ih.of(run.packed_size(inputs, inside ? gates : 1, inside ? hidden : columns));
  Forward<T> p{};
  p.hidden = hidden;
  p.reverse = pass.reverse;
  p.offsets = offsets.data();
  p.lengths = pass.lengths;
  p.packed = packed;
  p.bias_ih = pass.bias_ih ? pass.bias_ih : zeros.data();
  p.bias_hh = packed_bias.data();
  p.h0 = pass.h0;
  p.c0 = pass.c0;
  p.gates = pass.gates;
  p.output = pass.output;
  p.cells = pass.cells;
  p.h_n = pass.h_n;
  p.c_n = pass.c_n;
  if (inside) {
    p.inside = true;
    p.inputs = inputs;
    p.x = pass.x;
    p.packed_ih = packed_ih;
  }
  for (const auto& [data, count] : {std::pair{p.gates, width}, {p.output, hidden}, {p.cells, hidden}})
    ask_for_large_pages(data, steps * count);
  const int threads = threads_for(pass.batch, steps * columns * (inputs + hidden), pass.threads,
                                  weight_bytes<T>(cell, hidden));
  Loop<T> loop(cell, hidden, p.lengths, pass.batch, threads);
  const Scratch<T> scratch(threads, std::max(loop.scratch_size(), inside ? 0 : run.multiply_scratch(columns)));
  std::atomic<int64_t> rows_taken{0};
  together(threads, [&](const Team& team) {
    pack_transposed(team, pass.weight_hh, hidden, gates, hidden, packed);
    if (inside) {
      pack_transposed(team, pass.weight_ih, inputs, gates, hidden, packed_ih);
    } else {
      pack_transposed(team, pass.weight_ih, inputs, 1, columns, packed_ih);
      meet(team);
      multiply(rows_taken, steps, pass.x, inputs, inputs, columns, packed_ih, p.gates + width - columns, width,
               scratch.of(team.rank));
    }
    meet(team);
    loop.run(team, scratch, [&](Share share, Team members, int64_t slots, T* own) {
      run.forward(cell, p, share, members, slots, own);
    });
  });
  weights.give_back_if_large();
}

template <class T>
void backward(const BackwardPass<T>& pass) {
  const Table<T>& run = table<T>();
  const Cell cell = pass.cell;
  const int64_t hidden = pass.hidden, inputs = pass.inputs;
  const int64_t columns = run.gates(cell) * hidden, width = run.buffer(cell) * hidden;
  const std::vector<int64_t> offsets = offsets_of(pass.lengths, pass.batch);
  const int64_t steps = offsets.back();
  static thread_local Buffer<T> rows_of_x, rows_of_states, sums;
  Weights<T>& weights = weights_of<T>();
  T* packed = weights.hh.of(run.packed_size(columns, 1, hidden));
  T* packed_ih = pass.d_x ? weights.ih.of(run.packed_size(columns, 1, inputs)) : nullptr;
  // Where the candidate's product stands apart, its gradient lies in front: n r z, the last gate first.
  const int64_t shift = width > columns ? columns - hidden : 0;
  const std::vector<T> zeros(hidden);
  const auto weight_rows = rows_from(pass.weight_hh, columns, hidden, shift);
  const auto input_weight_rows = rows_from(pass.weight_ih, pass.d_x ? columns : 0, inputs, 0);
  const int64_t row_bytes = (run.packed_size(1, 1, inputs) + run.packed_size(1, 1, hidden)) * sizeof(T);
  const int64_t group = std::min(steps, steps_packed(row_bytes));
  std::vector<const T*> x_rows, states;
  std::vector<Side<T>> sides;
  int64_t room = 0;
  const auto add_side = [&](int64_t first, int64_t turn, const T* const* rows, int64_t units, T* d_weight, T* d_bias,
                            Buffer<T>& group_of_rows) {
    T* rows_packed = d_weight ? group_of_rows.of(group * run.packed_size(1, 1, units)) : nullptr;
    sides.push_back({first, turn, rows, units, d_weight, d_bias, rows_packed, room});
    room += tiles_of(columns) * tile_rows * run.outer_row(units);
  };
  if (pass.d_weight_ih || pass.d_bias_ih) {
    x_rows = rows_from(pass.x, steps, inputs, 0);
    add_side(width - columns, 0, x_rows.data(), inputs, pass.d_weight_ih, pass.d_bias_ih, rows_of_x);
  }
  if (pass.d_weight_hh || pass.d_bias_hh) {
    states = states_before(offsets, pass.reverse, pass.h0, pass.output, hidden, zeros.data());
    add_side(0, shift, states.data(), hidden, pass.d_weight_hh, pass.d_bias_hh, rows_of_states);
  }
  T* scratch_of_sides = sums.of(room);
  Backward<T> p{};
  p.hidden = hidden;
  p.reverse = pass.reverse;
  p.offsets = offsets.data();
  p.lengths = pass.lengths;
  p.packed = packed;
  p.h0 = pass.h0;
  p.c0 = pass.c0;
  p.gates = pass.gates;
  p.output = pass.output;
  p.cells = pass.cells;
  p.d_output = pass.d_output;
  p.d_h_n = pass.d_h_n;
  p.d_c_n = pass.d_c_n;
  p.d_gates = pass.d_gates;
  p.d_h0 = pass.d_h0;
  p.d_c0 = pass.d_c0;
  p.d_h = pass.d_h;
  p.d_c = pass.d_c;
  ask_for_large_pages(p.d_gates, steps * width);
  ask_for_large_pages(pass.d_x, steps * inputs);
  const int threads = threads_for(pass.batch, steps * columns * (inputs + hidden), pass.threads,
                                  weight_bytes<T>(cell, hidden));
  Loop<T> loop(cell, hidden, p.lengths, pass.batch, threads);
  const Scratch<T> scratch(threads, std::max(loop.scratch_size(), pass.d_x ? run.multiply_scratch(inputs) : 0));
  std::atomic<int64_t> rows_taken{0};
  together(threads, [&](const Team& team) {
    pack_rows(team, weight_rows.data(), columns, hidden, columns, packed);
    if (pass.d_x) pack_rows(team, input_weight_rows.data(), columns, inputs, columns, packed_ih);
    meet(team);
    loop.run(team, scratch, [&](Share share, Team members, int64_t slots, T* own) {
      run.backward(cell, p, share, members, slots, own);
    });
    meet(team);
    if (pass.d_x)
      multiply(rows_taken, steps, p.d_gates + width - columns, width, columns, inputs, packed_ih, pass.d_x, inputs,
               scratch.of(team.rank));
    if (!sides.empty()) weight_gradients(team, steps, p.d_gates, width, columns, group, sides, scratch_of_sides);
  });
  sums.give_back_if_large();
  weights.give_back_if_large();
}

// Fewer rows aren't worth waking a thread for.
constexpr int64_t rows_each = 256;

template <class T>
void row_steps(const RowSteps<T>& p) {
  const auto run = table<T>().row_steps;
  const int64_t most = crowded() ? 1 : std::min<int64_t>(p.threads, p.count / rows_each);
  together(static_cast<int>(std::max<int64_t>(1, most)), [&](const Team& team) {
    run(p, {p.count * team.rank / team.size, p.count * (team.rank + 1) / team.size});
  });
}

template void row_steps(const RowSteps<float>&);
template void row_steps(const RowSteps<double>&);
template void forward(const ForwardPass<float>&);
template void forward(const ForwardPass<double>&);
template void backward(const BackwardPass<float>&);
template void backward(const BackwardPass<double>&);

}  // namespace elman
