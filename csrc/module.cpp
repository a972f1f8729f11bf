// The extension module: Python's names for what the other files do. Arrays arrive as addresses, 0 for an array left out.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <bit>
#include <type_traits>

#include "passes.h"
#include "stepper.h"
#include "threads.h"

static_assert(std::endian::native == std::endian::little, "product.h and simd.h take halves of words apart");

namespace nb = nanobind;
using namespace elman;

namespace {

// Of the names, arguments and numbers below. elman.kernels.cpu has the same number, so that an extension which was
// compiled from other sources is refused instead of called.
constexpr int interface = 4;

// How Python passes a member of a pass: an array as its address, a cell as its number.
template <class M>
using Argument = std::conditional_t<std::is_pointer_v<M>, uintptr_t, std::conditional_t<std::is_enum_v<M>, int, M>>;

template <class M>
M from_python(Argument<M> value) {
  if constexpr (std::is_pointer_v<M>) return reinterpret_cast<M>(value);
  else return static_cast<M>(value);
}

template <class S, class M>
struct Named {
  const char* name;
  M S::*member;
};

// A function that takes the members of S by their names, none left out.
template <class S, class... M>
void define_pass(nb::module_& m, const std::string& name, void (*run)(const S&), Named<S, M>... named) {
  m.def(
      name.c_str(),
      [=](Argument<M>... values) {
        S pass{};
        ((pass.*named.member = from_python<M>(values)), ...);
        const nb::gil_scoped_release release;
        run(pass);
      },
      nb::kw_only(), nb::arg(named.name)...);
}

#define NAMED(member) Named{#member, &S::member}

template <class T>
void define_passes(nb::module_& m, const std::string& type) {
  {
    using S = ForwardPass<T>;
    define_pass<S>(m, "forward_" + type, forward<T>, NAMED(cell), NAMED(threads), NAMED(batch), NAMED(hidden),
                   NAMED(inputs), NAMED(reverse), NAMED(inside), NAMED(lengths), NAMED(x), NAMED(weight_ih),
                   NAMED(weight_hh), NAMED(bias_ih), NAMED(bias_hh), NAMED(h0), NAMED(c0), NAMED(gates), NAMED(output),
                   NAMED(cells), NAMED(h_n), NAMED(c_n));
  }
  {
    using S = BackwardPass<T>;
    define_pass<S>(m, "backward_" + type, backward<T>, NAMED(cell), NAMED(threads), NAMED(batch), NAMED(hidden),
                   NAMED(inputs), NAMED(reverse), NAMED(lengths), NAMED(x), NAMED(weight_ih), NAMED(weight_hh),
                   NAMED(h0), NAMED(c0), NAMED(gates), NAMED(output), NAMED(cells), NAMED(d_output), NAMED(d_h_n),
                   NAMED(d_c_n), NAMED(d_gates), NAMED(d_x), NAMED(d_weight_ih), NAMED(d_weight_hh), NAMED(d_bias_ih),
                   NAMED(d_bias_hh), NAMED(d_h0), NAMED(d_c0), NAMED(d_h), NAMED(d_c));
  }
  {
    using S = RowSteps<T>;
    define_pass<S>(m, "row_steps_" + type, row_steps<T>, NAMED(threads), NAMED(count), NAMED(size), NAMED(rows),
                   NAMED(taken), NAMED(touched), NAMED(weight), NAMED(mean), NAMED(square), NAMED(average),
                   NAMED(gradient), NAMED(steps), NAMED(patience), NAMED(rate), NAMED(correction), NAMED(keep),
                   NAMED(mix), NAMED(kept), NAMED(mixed), NAMED(summed), NAMED(beta1), NAMED(beta2), NAMED(epsilon));
  }
}

template <class T>
T* at(uintptr_t address) {
  return reinterpret_cast<T*>(address);
}

template <class T, class W>
void define_stepper(nb::module_& m, const std::string& type) {
  using S = Stepper<T, W>;
  nb::class_<S>(m, ("Stepper_" + type).c_str())
      .def(
          "__init__",
          [](S* self, int cell, int64_t inputs, int64_t hidden, uintptr_t weight_ih, uintptr_t weight_hh,
             uintptr_t bias_ih, uintptr_t bias_hh) {
            new (self) S(static_cast<Cell>(cell), inputs, hidden, at<T>(weight_ih), at<T>(weight_hh), at<T>(bias_ih),
                         at<T>(bias_hh));
          },
          nb::kw_only(), nb::arg("cell"), nb::arg("inputs"), nb::arg("hidden"), nb::arg("weight_ih"),
          nb::arg("weight_hh"), nb::arg("bias_ih"), nb::arg("bias_hh"))
      .def(
          "step",  // by position: at a few microseconds a step, names would cost more than they tell
          [](S& self, int64_t batch, uintptr_t x, uintptr_t h, uintptr_t c, uintptr_t h_out, uintptr_t c_out) {
            self.step(batch, at<T>(x), at<T>(h), at<T>(c), at<T>(h_out), at<T>(c_out));
          });
}

template <class T>
void define_activations(nb::module_& m, const std::string& type) {
  const auto define = [&](const char* name, auto function) {
    m.def((name + type).c_str(),
          [=](uintptr_t x, uintptr_t y, int64_t n) { (table<T>().*function)(at<T>(x), at<T>(y), n); });
  };
  define("tanh_", &Table<T>::tanh);
  define("sigmoid_", &Table<T>::sigmoid);
}

// Every cell that was compiled: its name, its nonlinearity, its number, the width of its gate buffer.
std::vector<std::tuple<std::string, std::string, int, int64_t>> cells() {
  std::vector<std::tuple<std::string, std::string, int, int64_t>> all;
  for (const CellName& c : cell_names)
    all.emplace_back(c.name, c.nonlinearity, static_cast<int>(c.cell), buffer_width(c.cell));
  return all;
}

}  // namespace

NB_MODULE(_cpu, m) {
  keep_freed_memory();
  m.doc() = "Elman's CPU kernels. Arrays are passed as addresses; csrc/passes.h says what each must hold.";
  m.attr("interface") = interface;
  m.def("isa", [] { return chosen().problem.empty() ? std::string(chosen().target.name) : std::string(); });
  m.def("lanes", [] { return table<float>().lanes; });
  m.def("problem", [] { return chosen().problem; });
  m.def("targets", &compiled_targets);
  m.def("cells", &cells);
  m.def("threads", &threads_of);
  define_passes<float>(m, "float32");
  define_passes<double>(m, "float64");
  define_activations<float>(m, "float32");
  define_activations<double>(m, "float64");
  define_stepper<float, float>(m, "float32");
  define_stepper<double, double>(m, "float64");
  define_stepper<float, Half>(m, "float32_bfloat16");
}
