// The extension module. Arrays arrive as addresses: the caller (ops/, or runtime/ without torch) has checked shapes,
// dtypes and contiguity, and keeps them alive. Nothing here raises for what is in them.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <omp.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <numeric>
#include <stdexcept>

#include "dispatch.h"
#include "schedule.h"

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

using Address = uintptr_t;
template <class T>
T* at(Address address) {
  return reinterpret_cast<T*>(address);
}

// Scratch that keeps its memory from call to call, one per thread and purpose: fresh pages are slow.
template <class T>
class Buffer {
 public:
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

// Runs work(share, team, slots, scratch) on each thread's share of the sequences.
template <class T, class Work>
void divide(Cell cell, int64_t hidden, const int64_t* lengths, int64_t batch, int threads, Work work) {
  const int64_t bytes = hidden * hidden * table<T>().gates(cell) * static_cast<int64_t>(sizeof(T));
  const int team = team_size(batch, threads, bytes);
  const bool together = team > 1;
  const int shares = together ? 1 : static_cast<int>(std::max<int64_t>(1, std::min<int64_t>(threads, batch)));
  const int64_t slots = std::max<int64_t>(1, std::min(slots_for(bytes), (batch + shares - 1) / shares));
  const int64_t size = table<T>().scratch_size(cell, hidden, slots);
  Schedule schedule(lengths, batch, shares, together ? batch : slots);  // a team must not race for the queue
  Barrier barrier;
  threads = together ? team : shares;
#pragma omp parallel num_threads(threads) if (threads > 1)
  {
    static thread_local Buffer<T> scratch;
    const int rank = omp_get_thread_num(), size_of_team = omp_get_num_threads();  // maybe fewer than asked for
    T* own = scratch.of(size);
    if (together) {
#pragma omp single
      barrier.size = size_of_team;
      work(schedule.share(0), Team{rank, size_of_team, &barrier}, slots, own);
    } else {
      for (int i = rank; i < shares; i += size_of_team) work(schedule.share(i), Team{}, slots, own);
    }
  }
}

std::vector<int64_t> offsets_of(const int64_t* lengths, int64_t batch) {
  std::vector<int64_t> offsets(batch);
  std::exclusive_scan(lengths, lengths + batch, offsets.begin(), int64_t{0});
  return offsets;
}

// Runs work(range) over the blocks of units, on several threads if there is much to move.
template <class T, class Work>
void by_blocks(int64_t units, int64_t bytes, int threads, Work work) {
  const int64_t count = table<T>().blocks(units);
#pragma omp parallel for num_threads(threads) if (threads > 1 && bytes >= 256 << 10)
  for (int64_t i = 0; i < count; ++i) work(Range{i, i + 1});
}

// W^T of a [gates * hidden, depth] weight, in memory that lasts until the thread's next call.
template <class T>
const T* packed_transposed(Buffer<T>& buffer, const T* weight, int64_t depth, int64_t gates, int64_t hidden,
                           int threads) {
  const int64_t size = table<T>().packed_size(depth, gates, hidden);
  T* packed = buffer.of(size);
  by_blocks<T>(hidden, size * sizeof(T), threads, [&](Range range) {
    table<T>().pack_transposed(weight, depth, gates, hidden, range, packed);
  });
  return packed;
}

// As a weight of depth 1; null is none, so zeros.
template <class T>
std::vector<T> packed_bias_of(const Table<T>& run, const T* bias, int64_t gates, int64_t hidden) {
  std::vector<T> packed(run.packed_size(1, gates, hidden));
  if (bias) run.pack_transposed(bias, 1, gates, hidden, {0, run.blocks(hidden)}, packed.data());
  return packed;
}

template <class T>
void forward(int cell_id, int threads, int64_t batch, int64_t hidden, bool reverse, Address lengths, Address weight_hh,
             Address bias_ih, Address bias_hh, Address h0, Address c0, Address gates, Address output, Address cells,
             Address h_n, Address c_n, int64_t inputs, Address x, Address weight_ih) {
  const Cell cell = static_cast<Cell>(cell_id);
  const Table<T>& run = table<T>();
  const nb::gil_scoped_release release;
  const int64_t gates_of_cell = run.gates(cell);
  const std::vector<int64_t> offsets = offsets_of(at<int64_t>(lengths), batch);
  static thread_local Buffer<T> weight, input_weight;
  const std::vector<T> zeros(bias_ih ? 0 : gates_of_cell * hidden);
  const std::vector<T> packed_bias = packed_bias_of(run, at<T>(bias_hh), gates_of_cell, hidden);
  Forward<T> p{};
  p.hidden = hidden;
  p.reverse = reverse;
  p.offsets = offsets.data();
  p.lengths = at<int64_t>(lengths);
  p.packed = packed_transposed(weight, at<T>(weight_hh), hidden, gates_of_cell, hidden, threads);
  p.bias_ih = bias_ih ? at<T>(bias_ih) : zeros.data();
  p.bias_hh = packed_bias.data();
  p.h0 = at<T>(h0);
  p.c0 = at<T>(c0);
  p.gates = at<T>(gates);
  p.output = at<T>(output);
  p.cells = at<T>(cells);
  p.h_n = at<T>(h_n);
  p.c_n = at<T>(c_n);
  if (x) {
    p.inputs = inputs;
    p.x = at<T>(x);
    p.packed_ih = packed_transposed(input_weight, at<T>(weight_ih), inputs, gates_of_cell, hidden, threads);
  }
  divide<T>(cell, hidden, p.lengths, batch, threads,
            [&](Share share, Team team, int64_t slots, T* scratch) { run.forward(cell, p, share, team, slots, scratch); });
}

// Moves the recurrent gate gradients of each sequence's first step out of d_gates into first [B, G*H], and leaves
// zeros. What stays pairs with the output of the row before it, in one product shifted by a row; what was moved
// pairs with h0; where that is zero, `first` may be null. (Correcting the product afterwards instead would cancel badly where states explode.)
template <class T>
void take_first(int cell_id, int64_t batch, int64_t hidden, bool reverse, Address lengths, Address d_gates,
                Address first) {
  const Cell cell = static_cast<Cell>(cell_id);
  const int64_t columns = table<T>().gates(cell) * hidden, width = table<T>().buffer(cell) * hidden;
  T* to = at<T>(first);
  int64_t offset = 0;
  for (int64_t b = 0; b < batch; ++b) {
    const int64_t length = at<int64_t>(lengths)[b];
    T* row = at<T>(d_gates) + (offset + (reverse ? length - 1 : 0)) * width;
    if (to && length > 0) std::copy_n(row, columns, to + b * columns);
    else if (to) std::fill_n(to + b * columns, columns, T{0});
    if (length > 0) std::fill_n(row, columns, T{0});
    offset += length;
  }
}

template <class T>
void backward(int cell_id, int threads, int64_t batch, int64_t hidden, bool reverse, Address lengths,
              Address weight_hh, Address h0, Address c0, Address gates, Address output, Address cells,
              Address d_output, Address d_h_n, Address d_c_n, Address d_gates, Address d_h0, Address d_c0,
              Address d_h, Address d_c) {
  const Cell cell = static_cast<Cell>(cell_id);
  const Table<T>& run = table<T>();
  const nb::gil_scoped_release release;
  const int64_t depth = run.gates(cell) * hidden;
  const std::vector<int64_t> offsets = offsets_of(at<int64_t>(lengths), batch);
  static thread_local Buffer<T> weight;
  T* packed = weight.of(run.packed_size(depth, 1, hidden));
  // Where the candidate's product stands apart, its gradient lies in front: n r z.
  const int64_t first = run.buffer(cell) > run.gates(cell) ? depth - hidden : 0;
  by_blocks<T>(hidden, depth * hidden * sizeof(T), threads,
               [&](Range range) { run.pack(at<T>(weight_hh), depth, hidden, first, range, packed); });
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
  divide<T>(cell, hidden, p.lengths, batch, threads,
            [&](Share share, Team team, int64_t slots, T* scratch) { run.backward(cell, p, share, team, slots, scratch); });
}

// A cell whose weights were copied and packed once, to be advanced one step at a time.
template <class T>
class Stepper {
 public:
  Stepper(int cell, int64_t inputs, int64_t hidden, Address weight_ih, Address weight_hh, Address bias_ih,
          Address bias_hh)
      : cell_(static_cast<Cell>(cell)), run_(table<T>()), inputs_(inputs), hidden_(hidden) {
    const int64_t gates = run_.gates(cell_);
    packed_transposed(ih_, at<T>(weight_ih), inputs, gates, hidden, 1);
    packed_transposed(hh_, at<T>(weight_hh), hidden, gates, hidden, 1);
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
    Forward<T> p{};
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
    p.inputs = inputs_;
    p.x = at<T>(x);
    p.packed_ih = ih_.of(0);
    run_.forward(cell_, p, Share{order_.data(), batch}, Team{}, slots,
                 scratch_.of(run_.scratch_size(cell_, hidden_, slots)));
  }

 private:
  Cell cell_;
  const Table<T>& run_;
  int64_t inputs_, hidden_;
  Buffer<T> ih_, hh_, scratch_;
  std::vector<T> bias_ih_, bias_hh_;
  std::vector<int64_t> order_, ones_;
};

template <class T>
void define(nb::module_& m, const char* suffix) {
  const auto name = [&](const char* base) { return std::string(base) + suffix; };
  m.def(name("forward_").c_str(), &forward<T>);
  m.def(name("backward_").c_str(), &backward<T>);
  m.def(name("take_first_").c_str(), &take_first<T>);
  m.def(name("tanh_").c_str(), [](Address x, Address y, int64_t n) { table<T>().tanh(at<T>(x), at<T>(y), n); });
  m.def(name("sigmoid_").c_str(), [](Address x, Address y, int64_t n) { table<T>().sigmoid(at<T>(x), at<T>(y), n); });
  nb::class_<Stepper<T>>(m, name("Stepper_").c_str())
      .def(nb::init<int, int64_t, int64_t, Address, Address, Address, Address>())
      .def("step", &Stepper<T>::step);
}

}  // namespace

NB_MODULE(_cpu, m) {
  m.doc() = "Elman's CPU kernels. Arrays are passed as addresses; elman.kernels.cpu says what each must hold.";
  m.def("isa", [] { return chosen().problem.empty() ? std::string(chosen().target.name) : std::string(); });
  m.def("lanes", [] { return table<float>().lanes; });
  m.def("problem", [] { return chosen().problem; });
  m.def("targets", &compiled_targets);
  define<float>(m, "float32");
  define<double>(m, "float64");
}
