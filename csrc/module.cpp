// The extension module. Arrays arrive as addresses: the caller (ops/) has checked shapes,
// dtypes and contiguity, and keeps them alive. Nothing here raises for what is in them.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <omp.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>
#include <numeric>
#include <stdexcept>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "dispatch.h"
#include "schedule.h"

static_assert(std::endian::native == std::endian::little, "product.h and simd.h take halves of words apart");

namespace nb = nanobind;
using namespace elman;

namespace {

const Choice& chosen() {
  static const Choice choice = choose_target(std::getenv("ELMAN_CPU"));
  return choice;
}

template <class T>
const Table<T>& table() {
  const Choice& choice = chosen();
  if (!choice.problem.empty()) throw std::runtime_error(choice.problem);
  if constexpr (sizeof(T) == sizeof(float)) return choice.target.f32;
  else return choice.target.f64;
}

// What runs on weights kept as W.
template <class T, class W>
const Inference<T, W>& inference() {
  const Table<T>& run = table<T>();  // raises where the target asked for can't run
  if constexpr (sizeof(W) == sizeof(T)) return run;
  else return chosen().target.f32_half;
}

using Address = uintptr_t;
template <class T>
T* at(Address address) {
  return reinterpret_cast<T*>(address);
}

// Scratch that keeps its memory from call to call, one per thread and purpose: fresh pages are slow. What is large is
// given back by who used it, since then the work on it takes far longer than its pages.
template <class T>
class Buffer {
 public:
  void give_back_if_large() {
    if (capacity_ * sizeof(T) > (16 << 20)) release();
  }
  T* of(int64_t count) {
    if (count > capacity_) {
      release();
      data_ = static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t(64)));
      capacity_ = count;
    }
    return data_;
  }
  ~Buffer() { release(); }
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

 private:
  void release() {
    if (data_) ::operator delete(data_, std::align_val_t(64));
    data_ = nullptr;
    capacity_ = 0;
  }
  T* data_ = nullptr;
  int64_t capacity_ = 0;
};

// The C library gives large freed blocks back to the system at once, and the next step's fresh pages are slow (one costs
// microseconds; a step needs hundreds). glibc keeps as much as twice the largest block it has seen freed, up to 32 MB:
// so it is shown one, which is never touched. Other libraries don't mind.
void keep_freed_memory() {
  void* volatile block = std::malloc(31 << 20);
  std::free(block);
}

// What is larger is fresh at every step. From 16 MB on the system is asked for large pages, of which far fewer are needed.
template <class T>
void use_large_pages(T* data, int64_t count) {
#if defined(__linux__)
  constexpr uintptr_t page = 2 << 20;
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(data) + page - 1) / page * page;
  const uintptr_t end = reinterpret_cast<uintptr_t>(data + count) / page * page;
  if (data && end >= begin + (16 << 20)) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#else
  (void)data, (void)count;
#endif
}

// How many sequences a thread holds at once. Each pass over weight_hh serves them all, so the further away the
// weight lies, the more it takes to pay for the trip; beyond that, more only crowd the L1 cache.
int64_t slots_for(int64_t weight_bytes) {
  if (weight_bytes <= 192 << 10) return 4;
  if (weight_bytes <= 448 << 10) return 8;
  return 16;
}

// How many threads run a step together, each a part of its units. That pays where sequences are too few for the
// threads, and each thread's part of the weight is large against the cost of the barrier.
int team_size(int64_t batch, int threads, int64_t weight_bytes) {
  const int64_t members = std::min<int64_t>(threads, weight_bytes >> 17);
  return batch <= 2 && members > 1 ? static_cast<int>(members) : 1;
}

// A thread's own scratch of the time loop, or of the products around it.
template <class T>
T* scratch_of(int64_t count) {
  static thread_local Buffer<T> buffer;
  return buffer.of(count);
}

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

// The sequences of one call, dealt to the threads of a parallel region or run by a team of them.
template <class T>
class Loop {
 public:
  Loop(Cell cell, int64_t hidden, const int64_t* lengths, int64_t batch, int threads)
      : bytes_(hidden * hidden * table<T>().gates(cell) * static_cast<int64_t>(sizeof(T))),
        team_(team_size(batch, threads, bytes_)),
        shares_(team_ > 1 ? 1 : static_cast<int>(std::max<int64_t>(1, std::min<int64_t>(threads, batch)))),
        slots_(std::max<int64_t>(1, std::min(slots_for(bytes_), (batch + shares_ - 1) / shares_))),
        size_(table<T>().scratch_size(cell, hidden, slots_)),
        schedule_(lengths, batch, shares_, team_ > 1 ? batch : slots_) {}  // a team must not race for the queue

  // Runs work(share, team, slots, scratch) on each share; every thread of the region is to call it.
  template <class Work>
  void run(Work work) {
    const int rank = omp_get_thread_num(), threads = omp_get_num_threads();  // maybe fewer than asked for
    T* own = scratch_of<T>(size_);
    if (team_ > 1) {
      const int members = std::min(team_, threads);
#pragma omp single
      barrier_.size = members;
      if (rank < members) work(schedule_.share(0), Team{rank, members, &barrier_}, slots_, own);
    } else {
      for (int i = rank; i < shares_; i += threads) work(schedule_.share(i), Team{}, slots_, own);
    }
  }

 private:
  int64_t bytes_;
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

// All threads where each has some microseconds of work, or one. (Of a region with fewer than the last one's, OpenMP may
// end the others, and must start them again for the next.)
int threads_for(int64_t multiplications, int threads) {
  return multiplications >> 16 >= threads ? threads : 1;
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

// -- what all threads of a parallel region do together (or one, outside of any); none waits at the end ----

// W^T of a [gates * units, depth] weight.
template <class T, class W>
void pack_transposed(const T* weight, int64_t depth, int64_t gates, int64_t units, W* packed) {
  const Inference<T, W>& run = inference<T, W>();
  const int64_t blocks = run.blocks(units);
#pragma omp for nowait
  for (int64_t i = 0; i < blocks; ++i) run.pack_transposed(weight, depth, gates, units, {i, i + 1}, packed);
}

// Rows of `units` numbers, one stretch of them after the other.
template <class T>
void pack_rows(const T* const* rows, int64_t depth, int64_t units, int64_t stretch, T* packed) {
  const int64_t blocks = table<T>().blocks(units), columns = table<T>().packed_size(1, 1, units);
  stretch = std::max<int64_t>(1, stretch);
  const int64_t stretches = (depth + stretch - 1) / stretch;
#pragma omp for nowait
  for (int64_t i = 0; i < stretches * blocks; ++i) {
    const int64_t from = i / blocks * stretch, block = i % blocks;
    table<T>().pack_rows(rows + from, std::min(stretch, depth - from), units, {block, block + 1},
                         packed + from * columns);
  }
}

// out[n] = a[n] * w for all rows.
template <class T>
void multiply(int64_t rows, const T* a, int64_t a_stride, int64_t depth, int64_t units, const T* packed, T* out,
              int64_t out_stride) {
  T* own = scratch_of<T>(table<T>().multiply_scratch(units));
#pragma omp for schedule(dynamic) nowait
  for (int64_t n = 0; n < rows; n += rows_together)
    table<T>().multiply(std::min(rows_together, rows - n), a + n * a_stride, a_stride, depth, units, packed,
                        out + n * out_stride, out_stride, own);
}

// One of the two weights: their gradients are sums over all steps, d_gates[n]^T row[n].
template <class T>
struct Side {
  int64_t first, shift;  // its columns of d_gates start at `first`; the jth is row j + shift of the weight, around the end
  const T* const* rows;
  int64_t units;
  T *d_weight, *d_bias;  // either may be null
  T* packed;             // a group's rows; null with d_weight
  int64_t scratch;       // where its part of the scratch starts
};

int64_t tiles_of(int64_t columns) { return (columns + tile_rows - 1) / tile_rows; }

// Steps whose rows are packed at a time, for all threads: as many as half the L2 cache holds or so.
int64_t steps_packed(int64_t bytes_per_step) {
  return ((512 << 10) / (bytes_per_step * steps_together + 1) + 1) * steps_together;
}

// `scratch` has outer_row numbers of each side for each column.
template <class T>
void weight_gradients(int64_t steps, const T* d_gates, int64_t width, int64_t columns, int64_t group,
                      const std::vector<Side<T>>& sides, T* scratch) {
  const Table<T>& run = table<T>();
  const int64_t tiles = tiles_of(columns), rank = omp_get_thread_num(), size = omp_get_num_threads();
  const Range mine{tiles * rank / size * tile_rows, std::min(columns, tiles * (rank + 1) / size * tile_rows)};
  const auto own = [&](const Side<T>& side) { return scratch + side.scratch + mine.first * run.outer_row(side.units); };
  for (const Side<T>& side : sides)
    std::fill_n(own(side), tiles_of(mine.last - mine.first) * tile_rows * run.outer_row(side.units), T{0});
  for (int64_t n = 0; n < steps; n += group) {
    const int64_t here = std::min(group, steps - n);
    for (const Side<T>& side : sides)
      if (side.packed) pack_rows(side.rows + n, here, side.units, steps_together, side.packed);
#pragma omp barrier
    for (const Side<T>& side : sides)
      run.add_outer(d_gates + n * width + side.first, width, here, mine, side.units, side.packed, own(side));
    if (n + group < steps) {
#pragma omp barrier
    }
  }
  for (const Side<T>& side : sides)
    run.finish_outer(mine, columns, side.shift, side.units, own(side), side.d_weight, side.d_bias);
}

// Null is none, so zeros.
template <class T, class W>
std::vector<T> packed_bias_of(const Inference<T, W>& run, const T* bias, int64_t gates, int64_t hidden) {
  std::vector<T> packed(run.packed_size(1, gates, hidden));
  if (bias) run.pack_bias(bias, gates, hidden, packed.data());
  return packed;
}

template <class T>
void forward(int cell_id, int threads, int64_t batch, int64_t hidden, bool reverse, Address lengths, Address weight_hh,
             Address bias_ih, Address bias_hh, Address h0, Address c0, Address gates, Address output, Address cells,
             Address h_n, Address c_n, int64_t inputs, Address x, Address weight_ih, bool inside) {
  const Cell cell = static_cast<Cell>(cell_id);
  const Table<T>& run = table<T>();
  const nb::gil_scoped_release release;
  const int64_t gates_of_cell = run.gates(cell), columns = gates_of_cell * hidden, width = run.buffer(cell) * hidden;
  const std::vector<int64_t> offsets = offsets_of(at<int64_t>(lengths), batch);
  Weights<T>& weights = weights_of<T>();
  const std::vector<T> zeros(bias_ih ? 0 : columns);
  const std::vector<T> packed_bias = packed_bias_of<T, T>(run, at<T>(bias_hh), gates_of_cell, hidden);
  T* packed = weights.hh.of(run.packed_size(hidden, gates_of_cell, hidden));
  T* packed_ih = weights.ih.of(run.packed_size(inputs, inside ? gates_of_cell : 1, inside ? hidden : columns));
  Forward<T> p{};
  p.hidden = hidden;
  p.reverse = reverse;
  p.offsets = offsets.data();
  p.lengths = at<int64_t>(lengths);
  p.packed = packed;
  p.bias_ih = bias_ih ? at<T>(bias_ih) : zeros.data();
  p.bias_hh = packed_bias.data();
  p.h0 = at<T>(h0);
  p.c0 = at<T>(c0);
  p.gates = at<T>(gates);
  p.output = at<T>(output);
  p.cells = at<T>(cells);
  p.h_n = at<T>(h_n);
  p.c_n = at<T>(c_n);
  if (inside) {
    p.inside = true;
    p.inputs = inputs;
    p.x = at<T>(x);
    p.packed_ih = packed_ih;
  }
  for (const auto& [data, count] : {std::pair{p.gates, width}, {p.output, hidden}, {p.cells, hidden}})
    use_large_pages(data, offsets.back() * count);
  threads = threads_for(offsets.back() * columns * (inputs + hidden), threads);
  Loop<T> loop(cell, hidden, p.lengths, batch, threads);
#pragma omp parallel num_threads(threads) if (threads > 1)
  {
    pack_transposed(at<T>(weight_hh), hidden, gates_of_cell, hidden, packed);
    if (inside) {
      pack_transposed(at<T>(weight_ih), inputs, gates_of_cell, hidden, packed_ih);
    } else {
      pack_transposed(at<T>(weight_ih), inputs, 1, columns, packed_ih);
#pragma omp barrier
      multiply(offsets.back(), at<T>(x), inputs, inputs, columns, packed_ih, p.gates + width - columns, width);
    }
#pragma omp barrier
    loop.run([&](Share share, Team team, int64_t slots, T* scratch) { run.forward(cell, p, share, team, slots, scratch); });
  }
  weights.give_back_if_large();
}

template <class T>
void backward(int cell_id, int threads, int64_t batch, int64_t hidden, bool reverse, Address lengths,
              Address weight_hh, Address h0, Address c0, Address gates, Address output, Address cells,
              Address d_output, Address d_h_n, Address d_c_n, Address d_gates, Address d_h0, Address d_c0,
              Address d_h, Address d_c, int64_t inputs, Address x, Address weight_ih, Address d_x, Address d_weight_ih,
              Address d_weight_hh, Address d_bias_ih, Address d_bias_hh) {
  const Cell cell = static_cast<Cell>(cell_id);
  const Table<T>& run = table<T>();
  const nb::gil_scoped_release release;
  const int64_t columns = run.gates(cell) * hidden, width = run.buffer(cell) * hidden;
  const std::vector<int64_t> offsets = offsets_of(at<int64_t>(lengths), batch);
  const int64_t steps = offsets.back();
  static thread_local Buffer<T> rows_of_x, rows_of_states, sums;
  Weights<T>& weights = weights_of<T>();
  T* packed = weights.hh.of(run.packed_size(columns, 1, hidden));
  T* packed_ih = d_x ? weights.ih.of(run.packed_size(columns, 1, inputs)) : nullptr;
  // Where the candidate's product stands apart, its gradient lies in front: n r z, the last gate first.
  const int64_t shift = width > columns ? columns - hidden : 0;
  const std::vector<T> zeros(hidden);
  const auto weight_rows = rows_from(at<T>(weight_hh), columns, hidden, shift);
  const auto input_weight_rows = rows_from(at<T>(weight_ih), d_x ? columns : 0, inputs, 0);
  const int64_t row_bytes = (run.packed_size(1, 1, inputs) + run.packed_size(1, 1, hidden)) * sizeof(T);
  const int64_t group = std::min(steps, steps_packed(row_bytes));
  std::vector<const T*> x_rows, states;
  std::vector<Side<T>> sides;
  int64_t room = 0;
  const auto add_side = [&](int64_t first, int64_t turn, const T* const* rows, int64_t units, Address d_weight,
                            Address d_bias, Buffer<T>& group_of_rows) {
    T* rows_packed = d_weight ? group_of_rows.of(group * run.packed_size(1, 1, units)) : nullptr;
    sides.push_back({first, turn, rows, units, at<T>(d_weight), at<T>(d_bias), rows_packed, room});
    room += tiles_of(columns) * tile_rows * run.outer_row(units);
  };
  if (d_weight_ih || d_bias_ih) {
    x_rows = rows_from(at<T>(x), steps, inputs, 0);
    add_side(width - columns, 0, x_rows.data(), inputs, d_weight_ih, d_bias_ih, rows_of_x);
  }
  if (d_weight_hh || d_bias_hh) {
    states = states_before(offsets, reverse, at<T>(h0), at<T>(output), hidden, zeros.data());
    add_side(0, shift, states.data(), hidden, d_weight_hh, d_bias_hh, rows_of_states);
  }
  T* scratch_of_sides = sums.of(room);
  Backward<T> p{};
  p.hidden = hidden;
  p.reverse = reverse;
  p.offsets = offsets.data();
  p.lengths = at<int64_t>(lengths);
  p.packed = packed;
  p.h0 = at<T>(h0);
  p.c0 = at<T>(c0);
  p.gates = at<T>(gates);
  p.output = at<T>(output);
  p.cells = at<T>(cells);
  p.d_output = at<T>(d_output);
  p.d_h_n = at<T>(d_h_n);
  p.d_c_n = at<T>(d_c_n);
  p.d_gates = at<T>(d_gates);
  p.d_h0 = at<T>(d_h0);
  p.d_c0 = at<T>(d_c0);
  p.d_h = at<T>(d_h);
  p.d_c = at<T>(d_c);
  use_large_pages(p.d_gates, steps * width);
  use_large_pages(at<T>(d_x), steps * inputs);
  threads = threads_for(steps * columns * (inputs + hidden), threads);
  Loop<T> loop(cell, hidden, p.lengths, batch, threads);
#pragma omp parallel num_threads(threads) if (threads > 1)
  {
    pack_rows(weight_rows.data(), columns, hidden, columns, packed);
    if (d_x) pack_rows(input_weight_rows.data(), columns, inputs, columns, packed_ih);
#pragma omp barrier
    loop.run([&](Share share, Team team, int64_t slots, T* scratch) { run.backward(cell, p, share, team, slots, scratch); });
#pragma omp barrier
    if (d_x) multiply(steps, p.d_gates + width - columns, width, columns, inputs, packed_ih, at<T>(d_x), inputs);
    if (!sides.empty()) weight_gradients(steps, p.d_gates, width, columns, group, sides, scratch_of_sides);
  }
  sums.give_back_if_large();
  weights.give_back_if_large();
}

// A cell whose weights were copied and packed once, to be advanced one step at a time.
template <class T, class W = T>
class Stepper {
 public:
  Stepper(int cell, int64_t inputs, int64_t hidden, Address weight_ih, Address weight_hh, Address bias_ih,
          Address bias_hh)
      : cell_(static_cast<Cell>(cell)), run_(inference<T, W>()), inputs_(inputs), hidden_(hidden) {
    const int64_t gates = run_.gates(cell_);
    pack_transposed(at<T>(weight_ih), inputs, gates, hidden, ih_.of(run_.packed_size(inputs, gates, hidden)));
    pack_transposed(at<T>(weight_hh), hidden, gates, hidden, hh_.of(run_.packed_size(hidden, gates, hidden)));
    bias_ih_.assign(gates * hidden, 0);
    if (bias_ih) bias_ih_.assign(at<T>(bias_ih), at<T>(bias_ih) + gates * hidden);
    bias_hh_ = packed_bias_of(run_, at<T>(bias_hh), gates, hidden);
  }

  // A step is a batch of sequences of length one.
  void step(int64_t batch, Address x, Address h, Address c, Address h_out, Address c_out) {
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
    p.h0 = at<T>(h);
    p.c0 = at<T>(c);
    p.output = p.h_n = at<T>(h_out);
    p.c_n = at<T>(c_out);
    p.inside = true;
    p.inputs = inputs_;
    p.x = at<T>(x);
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

template <class T, class W>
void define_stepper(nb::module_& m, const char* name) {
  nb::class_<Stepper<T, W>>(m, name)
      .def(nb::init<int, int64_t, int64_t, Address, Address, Address, Address>())
      .def("step", &Stepper<T, W>::step);
}

template <class T>
void define(nb::module_& m, const char* suffix) {
  const auto name = [&](const char* base) { return std::string(base) + suffix; };
  m.def(name("forward_").c_str(), &forward<T>);
  m.def(name("backward_").c_str(), &backward<T>);
  m.def(name("tanh_").c_str(), [](Address x, Address y, int64_t n) { table<T>().tanh(at<T>(x), at<T>(y), n); });
  m.def(name("sigmoid_").c_str(), [](Address x, Address y, int64_t n) { table<T>().sigmoid(at<T>(x), at<T>(y), n); });
  define_stepper<T, T>(m, name("Stepper_").c_str());
}

}  // namespace

NB_MODULE(_cpu, m) {
  keep_freed_memory();
  m.doc() = "Elman's CPU kernels. Arrays are passed as addresses; elman.kernels.cpu says what each must hold.";
  m.def("isa", [] { return chosen().problem.empty() ? std::string(chosen().target.name) : std::string(); });
  m.def("lanes", [] { return table<float>().lanes; });
  m.def("problem", [] { return chosen().problem; });
  m.def("targets", &compiled_targets);
  define<float>(m, "float32");
  define<double>(m, "float64");
  define_stepper<float, Half>(m, "Stepper_float32_bfloat16");
}
