"""What people do to layers, done to ours and to ``torch.nn``'s: the same comes out."""

from __future__ import annotations

import copy
import io
import pickle
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from parity import CELLS, pair
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.func import functional_call
from torch.nn.utils import parametrizations, parametrize, prune
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint

from conftest import assert_close, negative_view
from elman import nn as elman_nn

F64 = torch.float64
SETTINGS: dict[str, Any] = {"num_layers": 2, "bidirectional": True, "batch_first": True}
pytestmark = pytest.mark.filterwarnings("ignore")

Use = Callable[[Any, Tensor], Any]
USES: dict[str, Use] = {}


def use(function: Use) -> Use:
    USES[function.__name__] = function
    return function


def trained(layer: Any, x: Tensor, call: Callable[..., Any] | None = None) -> list[Tensor | None]:
    """Results, and the gradients that training on them leaves."""
    output, hx = (layer if call is None else call)(x)
    loss = (output * torch.linspace(-1, 1, output.numel(), dtype=output.dtype).view_as(output)).sum()
    loss.backward()
    return [output, *tensors(hx), *(p.grad for p in layer.parameters())]


def tensors(hx: Any) -> tuple[Tensor, ...]:
    return hx if isinstance(hx, tuple) else (hx,)


# -- hooks, subclasses, computed weights ----------------------------------------------------------


@use
def subclass(layer: Any, x: Tensor) -> Any:
    class Residual(type(layer)):
        def forward(self, input: Tensor, hx: Any = None) -> Any:
            output, hx = super().forward(input, hx)
            return output + input.mean(), hx

    layer.__class__ = Residual
    return trained(layer, x)


@use
def hooks(layer: Any, x: Tensor) -> Any:
    seen: list[Tensor] = []
    layer.register_forward_pre_hook(lambda _, args: (args[0] * 2,))
    layer.register_forward_hook(lambda _, args, result: (result[0] + args[0].sum(), result[1]))
    layer.register_full_backward_hook(lambda _, grad_in, grad_out: seen.extend((*grad_in, grad_out[0])))
    found = trained(layer, x.clone().requires_grad_())
    return found + seen


@use
def parameter_hooks(layer: Any, x: Tensor) -> Any:
    layer.weight_hh_l0.register_hook(lambda grad: grad * 3)
    layer.weight_ih_l1.register_post_accumulate_grad_hook(lambda p: setattr(p, "grad", -p.grad))
    return trained(layer, x)


@use
def weight_norm(layer: Any, x: Tensor) -> Any:
    parametrizations.weight_norm(layer, "weight_hh_l0")
    layer.parametrizations.weight_hh_l0.original0.data.mul_(2)
    return trained(layer, x)


@use
def spectral_norm(layer: Any, x: Tensor) -> Any:
    torch.manual_seed(0)
    parametrizations.spectral_norm(layer, "weight_hh_l0")
    return trained(layer.eval(), x)


@use
def orthogonal(layer: Any, x: Tensor) -> Any:
    torch.manual_seed(0)
    parametrizations.orthogonal(layer, "weight_hh_l0")
    return trained(layer, x)


@use
def old_weight_norm(layer: Any, x: Tensor) -> Any:
    return trained(nn.utils.weight_norm(layer, "weight_hh_l0"), x)


@use
def cached_parametrization(layer: Any, x: Tensor) -> Any:
    parametrizations.weight_norm(layer, "weight_hh_l0")
    with parametrize.cached():
        return trained(layer, x)


@use
def pruning(layer: Any, x: Tensor) -> Any:
    prune.l1_unstructured(layer, "weight_hh_l0", 0.5)
    found = trained(layer, x)
    prune.remove(layer, "weight_hh_l0")
    return [*found, layer(x)[0]]


# -- weights --------------------------------------------------------------------------------------


@use
def frozen_parts(layer: Any, x: Tensor) -> Any:
    layer.weight_hh_l0.requires_grad_(False)
    layer.bias_ih_l1_reverse.requires_grad_(False)
    return trained(layer, x)


@use
def only_the_input_learns(layer: Any, x: Tensor) -> Any:
    x = x.clone().requires_grad_()
    return [*trained(layer.requires_grad_(False), x), x.grad]


@use
def other_parameters(layer: Any, x: Tensor) -> Any:
    with torch.no_grad():
        before = layer(x)[0]
    layer.weight_hh_l0 = nn.Parameter(layer.weight_hh_l0.detach() * 2)
    layer.weight_ih_l1.data = layer.weight_ih_l1.data.clone().neg_()
    return [before, *trained(layer, x)]


@use
def functional(layer: Any, x: Tensor) -> Any:
    weights = {name: p.detach().mul(0.5).requires_grad_() for name, p in layer.named_parameters()}
    output, hx = functional_call(layer, weights, (x,))
    return [output, *tensors(hx), *torch.autograd.grad(output.square().sum(), list(weights.values()))]


@use
def copies(layer: Any, x: Tensor) -> Any:
    file = io.BytesIO()
    torch.save(layer, file)
    file.seek(0)
    others = copy.deepcopy(layer), pickle.loads(pickle.dumps(layer)), torch.load(file, weights_only=False)
    return [tensor for other in others for tensor in trained(other, x)]


@use
def averages_and_optimizers(layer: Any, x: Tensor) -> Any:
    averaged = torch.optim.swa_utils.AveragedModel(layer)
    optimizer = torch.optim.AdamW(layer.parameters(), fused=True)
    for _ in range(3):
        optimizer.zero_grad()
        trained(layer, x)
        nn.utils.clip_grad_norm_(layer.parameters(), 0.1)
        optimizer.step()
        averaged.update_parameters(layer)
    return [layer(x)[0], averaged(x)[0]]


@use
def saved_state(layer: Any, x: Tensor) -> Any:
    state = {name: value * 2 for name, value in layer.state_dict().items()}
    for assign in (False, True):
        missing, unexpected = layer.load_state_dict(state, strict=True, assign=assign)
        assert not missing and not unexpected
    return trained(layer, x)


@use
def meta_and_to_empty(layer: Any, x: Tensor) -> Any:
    state = layer.state_dict()
    empty = layer.to("meta")
    shapes = [t.shape for t in (empty(x.to("meta"))[0], *tensors(empty(x.to("meta"))[1]))]
    empty.to_empty(device="cpu").load_state_dict(state)
    found = trained(empty, x)
    assert [t.shape for t in found[: len(shapes)] if t is not None] == shapes
    return found


@use
def shared_memory(layer: Any, x: Tensor) -> Any:
    layer.share_memory()
    assert all(p.is_shared() for p in layer.parameters())
    return trained(layer, x)


@use
def applied(layer: Any, x: Tensor) -> Any:
    layer.apply(lambda m: [nn.init.constant_(p, 0.1) for p in m.parameters(recurse=False)])
    return trained(layer.half().float().double(), x)


# -- modes and inputs -----------------------------------------------------------------------------


@use
def without_gradients(layer: Any, x: Tensor) -> Any:
    with torch.no_grad():
        found = [layer(x)[0]]
    with torch.inference_mode():
        found += [layer(x)[0].clone(), layer(x.clone())[0].clone()]
        made_inside = copy.deepcopy(layer)(x)[0]
    return [*found, made_inside.clone()]


@use
def checkpoints(layer: Any, x: Tensor) -> Any:
    x = x.clone().requires_grad_()
    found = []
    for reentrant in (False, True):
        found += trained(layer, x, lambda x, again=reentrant: checkpoint(layer, x, use_reentrant=again))
    return [*found, x.grad]


@use
def saved_tensor_hooks(layer: Any, x: Tensor) -> Any:
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.numpy().copy(), torch.from_numpy):
        found = trained(layer, x, lambda x: layer(x * 1))
    with torch.autograd.graph.save_on_cpu():
        return [*found, *trained(layer, x)]


@use
def saved_tensors_kept_once(layer: Any, x: Tensor) -> Any:
    """Hooks that keep one of several equal tensors, so that two calls get back the same one."""
    kept: dict[Any, Tensor] = {}

    def pack(tensor: Tensor) -> Any:
        values = tensor.detach()
        key = tuple(values.shape), values.numpy().tobytes()
        kept.setdefault(key, values)
        return key

    def twice(x: Tensor) -> Any:
        first, _ = layer(x * 1)
        second, hx = layer(x * 1)
        return first + 2 * second, hx

    with torch.autograd.graph.saved_tensors_hooks(pack, kept.__getitem__):
        found = trained(layer, x, twice)
    before = list(kept)
    assert [(tuple(value.shape), value.numpy().tobytes()) for value in kept.values()] == before  # nobody wrote there
    return found


@use
def a_graph_kept_for_three_passes(layer: Any, x: Tensor) -> Any:
    with torch.autograd.graph.save_on_cpu():
        output, _ = layer(x)
    for keep in (True, True, False):
        output.square().sum().backward(retain_graph=keep)
    return [p.grad for p in layer.parameters()]


@use
def anomaly_detection(layer: Any, x: Tensor) -> Any:
    with torch.autograd.detect_anomaly():
        return trained(layer, x)


@use
def outputs_changed_in_place(layer: Any, x: Tensor) -> Any:
    def changed(x: Tensor) -> Any:
        output, hx = layer(x)
        output += x.mean()
        return nn.functional.relu(output, inplace=True), hx

    return trained(layer, x, changed)


@use
def strided_expanded_and_negative_inputs(layer: Any, x: Tensor) -> Any:
    views = x.transpose(0, 1)[::2], x[:1].expand(3, -1, -1), negative_view(-x), x.flip(1)
    return [tensor for view in views for tensor in trained(layer, view)]


@use
def a_negative_gradient(layer: Any, x: Tensor) -> Any:
    output, _ = layer(x)
    negative_view(output).square().sum().backward()
    return [p.grad for p in layer.parameters()]


class Named(Tensor):
    """A subclass with nothing of its own, as many libraries have one."""


@use
def tensor_subclass(layer: Any, x: Tensor) -> Any:
    found = trained(layer, x.as_subclass(Named))  # pyright: ignore[reportArgumentType]
    return [None if t is None else t.as_subclass(Tensor) for t in found]


@use
def default_device_and_dtype(layer: Any, x: Tensor) -> Any:
    lengths = torch.full((len(x),), x.shape[1])
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
    with default("meta", torch.float32):
        found = trained(layer, x, lambda x: layer(x))
        return [*found, layer(packed)[0].data]


@contextmanager
def default(device: str, dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    linspace = torch.linspace
    torch.set_default_device(device)
    torch.set_default_dtype(dtype)
    torch.linspace = lambda *args, **kwargs: linspace(*args, **kwargs, device="cpu")  # the tests' own
    try:
        yield
    finally:
        torch.linspace = linspace
        torch.set_default_device(None)
        torch.set_default_dtype(before)


@use
def lower_precision(layer: Any, x: Tensor) -> Any:
    return [layer.to(dtype)(x.to(dtype))[0] for dtype in (torch.float32, torch.bfloat16, torch.float16)]


@use
def dispatch_mode(layer: Any, x: Tensor) -> Any:
    class Watcher(TorchDispatchMode):
        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return function(*args, **(kwargs or {}))

    with Watcher():
        return trained(layer, x)


@use
def fake_tensors(layer: Any, x: Tensor) -> Any:
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        output, hx = layer(mode.from_tensor(x))
        return [(t.shape, t.dtype) for t in (output, *tensors(hx))]


# -- compilers, other processes, wrappers ---------------------------------------------------------


@use
def compiled(layer: Any, x: Tensor) -> Any:
    if isinstance(layer, nn.RNNBase):
        return trained(layer, x)
    torch._dynamo.reset()
    return trained(layer, x, torch.compile(layer, backend="aot_eager", fullgraph=True))


@use
def exported(layer: Any, x: Tensor) -> Any:
    with torch.no_grad():
        return list(torch.utils._pytree.tree_leaves(torch.export.export(layer, (x,)).module()(x)))  # pyright: ignore


@use
def quantized_dynamically(layer: Any, x: Tensor) -> Any:
    model = nn.ModuleDict({"layer": layer.float(), "linear": nn.Linear(2, 2)})
    return [torch.ao.quantization.quantize_dynamic(model, {nn.Linear})["layer"](x.float())[0]]


@pytest.fixture(scope="module")
def process_group() -> Iterator[None]:
    if not torch.distributed.is_available():
        pytest.skip("torch was built without torch.distributed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.distributed.init_process_group("gloo", f"tcp://127.0.0.1:{port}", rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


@pytest.mark.parametrize("wrapper", ["ddp", "fsdp", "fsdp2"])
@pytest.mark.parametrize("cell", CELLS)
def test_distributed_wrappers(cell: str, wrapper: str, process_group: None):
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import FullyShardedDataParallel, fully_shard

    layers, x, found = pair(cell, 3, 4, dtype=F64, **SETTINGS), torch.randn(2, 5, 3, dtype=F64), []
    for layer in layers:
        if wrapper == "ddp":
            wrapped: Any = nn.parallel.DistributedDataParallel(layer)
        elif wrapper == "fsdp":
            wrapped = FullyShardedDataParallel(layer, device_id=torch.device("cpu"), use_orig_params=True)
        else:
            wrapped = fully_shard(layer, mesh=init_device_mesh("cpu", (1,)))
        output, hx = wrapped(x)
        output.square().sum().backward()
        grads = [p.grad for p in wrapped.parameters()]
        found.append([output, *tensors(hx), *(getattr(g, "full_tensor", lambda g=g: g)() for g in grads)])
    assert_same(*found)


def answer(layer: Any, x: Tensor, queue: Any) -> None:
    queue.put(layer(x)[0].detach().numpy())


@pytest.mark.parametrize("cell", CELLS)
def test_another_process_answers(cell: str):
    layer, x = pair(cell, 3, 4, dtype=F64, **SETTINGS)[0], torch.randn(2, 5, 3, dtype=F64)
    layer.share_memory()
    expected = layer(x)[0]
    context = torch.multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    process = context.Process(target=answer, args=(layer, x, queue))
    process.start()
    found = torch.from_numpy(queue.get())
    process.join(60)
    assert process.exitcode == 0
    assert_close(found, expected)


@pytest.mark.parametrize("cell", CELLS)
def test_ensembles_and_gradients_by_example(cell: str):
    """Against torch's layers one after another, which can't be batched."""
    members = [pair(cell, 3, 4, dtype=F64, **SETTINGS) for _ in range(3)]
    ours, x = members[0][0], torch.randn(2, 5, 3, dtype=F64)
    weights, buffers = torch.func.stack_module_state([our for our, _ in members])
    found = torch.vmap(lambda p: functional_call(ours, (p, buffers), (x,))[0])(weights)
    assert_close(found, torch.stack([their(x)[0] for _, their in members]))

    def loss(p: dict[str, Tensor], one: Tensor) -> Tensor:
        return functional_call(ours, p, (one[None],))[0].square().sum()

    own = {name: p.detach() for name, p in ours.named_parameters()}
    grads = torch.vmap(torch.func.grad(loss), (None, 0))(own, x)
    theirs = members[0][1]
    for index in range(len(x)):
        theirs.zero_grad()
        theirs(x[index][None])[0].square().sum().backward()
        for name, p in theirs.named_parameters():
            assert p.grad is not None
            assert_close(grads[name][index], p.grad)


def assert_same(ours: Any, theirs: Any) -> None:
    assert len(ours) == len(theirs) > 0
    for our, their in zip(ours, theirs, strict=True):
        if not isinstance(their, Tensor):
            assert our == their
        elif their.dtype in (torch.float16, torch.bfloat16):
            torch.testing.assert_close(our, their, rtol=3e-2, atol=3e-2)
        else:
            assert our.dtype == their.dtype
            assert_close(our, their)


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("cell", CELLS)
def test_the_same_comes_out(cell: str, name: str):
    ours, theirs = pair(cell, 3, 4, dtype=F64, **SETTINGS)
    x = torch.randn(4, 5, 3, dtype=F64)
    assert_same(USES[name](ours, x), USES[name](theirs, x))
    assert isinstance(ours, elman_nn.Recurrent)


@pytest.mark.parametrize("proj_size", [0, 2])
@pytest.mark.parametrize("cell", [*CELLS, "MGU"])
def test_autocast_keeps_the_precision_of_the_weights(cell: str, proj_size: int):
    """On a CPU without bfloat16 torch's LSTM can't be run so at all."""
    if proj_size and cell != "LSTM":
        return
    layer = getattr(elman_nn, cell)(3, 4, **SETTINGS, **({"proj_size": proj_size} if proj_size else {}))
    x = torch.randn(4, 5, 3)
    expected = trained(layer, x.bfloat16().float())
    layer.zero_grad(set_to_none=True)
    with torch.autocast("cpu", torch.bfloat16):
        output, hx = layer(x.bfloat16())
        stepped = elman_nn.GRU(3, 4).step(x[0].bfloat16(), (torch.zeros(1, 5, 4),))[0]
    assert stepped.dtype == torch.float32
    assert_same([output, *tensors(hx)], expected[: 1 + len(tensors(hx))])


@pytest.mark.parametrize("shape", [(4, 5, 3), (5, 3)])
@pytest.mark.parametrize("cell", CELLS)
def test_an_output_may_be_changed_in_place(cell: str, shape: tuple[int, ...]):
    """One layer in one direction: its output is what the backward pass reads."""
    x = torch.randn(shape, dtype=F64)
    assert_same(*(outputs_changed_in_place(m, x) for m in pair(cell, 3, 4, batch_first=True, dtype=F64)))
