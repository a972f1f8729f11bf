"""One graph as one ONNX model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import elman
from elman.export.onnx.builder import IR, OPSET, Builder, Name, Padded, Value
from elman.export.onnx.layout import Layout
from elman.export.onnx.operators import emit
from elman.graph import Input
from elman.graph.operator import Array, values_of

FILLED = "batch", "length", "hypotheses"
"""Dimensions, by the last word of their names, of which there is at least one."""


def model_of(layout: Layout, examples: Sequence[Mapping[str, Any]], metadata: Mapping[str, Any]) -> Any:
    """A graph as an ``onnx.ModelProto``.

    examples: outputs of the graph for batches of several sizes; sizes that are the same in all of them are the model's
    metadata: kept in the model as JSON by name, behind ``elman.``

    Raises ExportError where ONNX lacks an operator that the graph has.
    """
    return Conversion(layout).model(examples, metadata)


class Conversion:
    """Writes one model. Inputs are filled up to one row and one step, and outputs cut to as many rows as were given:
    ONNX Runtime's recurrent operators abort the process of an empty batch."""

    def __init__(self, layout: Layout):
        self.layout, self.b = layout, Builder()
        self.inputs: list[Any] = []
        self.rows: Name = ""  # how many there are, [1]
        self.hypothesis_of: Name = ""
        self.lengths: set[Name] = set()  # that the caller has given
        self.values: dict[str, Value | None] = {"": None}

    def model(self, examples: Sequence[Mapping[str, Any]], metadata: Mapping[str, Any]) -> Any:
        graph, onnx = self.layout.graph, self.b.onnx
        if self.layout.step:
            self.hypothesis_of = self.filled("row", "int64", ["hypotheses"])
        for input in graph.inputs:
            self.values[input.name] = self.placed(input)
        for node in graph.nodes:
            outputs = emit(self.b, node.operator, [self.values[name] for name in node.inputs])
            self.values |= zip(node.outputs, outputs, strict=False)
        outputs = [info for name in graph.outputs for info in self.output(name, [own[name] for own in examples])]
        nodes = leading_to({info.name for info in outputs}, self.b.nodes)
        read = {name for node in nodes for name in node.input}
        written = onnx.helper.make_graph(
            nodes,
            "elman",
            [info for info in self.inputs if info.name in read],
            outputs,
            [weight for weight in self.b.weights if weight.name in read],
        )
        model = onnx.helper.make_model(
            written,
            opset_imports=[onnx.helper.make_opsetid("", OPSET)],
            ir_version=IR,
            producer_name="elman",
            producer_version=elman.__version__,
        )
        onnx.helper.set_model_props(model, {f"elman.{name}": json.dumps(value) for name, value in metadata.items()})
        onnx.checker.check_model(model)
        return model

    # -- inputs -------------------------------------------------------------------------------

    def placed(self, input: Input) -> Value:
        """An input of the graph, from inputs of the model."""
        layout, dimensions = self.layout, self.layout.dimensions(input)
        x = self.filled(layout.input(input.name), input.dtype, dimensions)
        if input.form == "sequences":
            if layout.step:
                return Padded(self.b.unsqueeze(x, 1), self.b.same_length(x, 1), len(input.shape))
            of = 2 if input.name in layout.of_steps else 1
            lengths = self.filled(layout.lengths[input.name], "int64", dimensions[:of])
            if of == 2:
                return Padded(self.as_rows(x, 1 + len(input.shape)), self.as_rows(lengths, 0), len(input.shape))
            self.lengths.add(lengths)
            return Padded(x, lengths, len(input.shape))
        if input.name in layout.of_steps:
            return self.as_rows(x, len(input.shape))
        if layout.step and not layout.of_hypotheses(input):
            return self.b.add("Gather", x, self.hypothesis_of, axis=0)
        return x

    def as_rows(self, x: Name, dimensions: int) -> Name:
        """What is of the steps of each sequence, ``[B, T, ...]`` of so many further dimensions, one after another."""
        b = self.b
        steps = b.add("ReduceProd", b.shape(x, 0, 2), keepdims=1)
        sizes = b.sizes(steps, b.shape(x, 2)) if dimensions else steps
        return b.add("Reshape", x, sizes, allowzero=1)

    def filled(self, name: Name, dtype: str, dimensions: Sequence[int | str]) -> Name:
        """An input of the model, with at least one row and one step."""
        b = self.b
        self.inputs.append(b.onnx.helper.make_tensor_value_info(name, b.type(dtype), dimensions))
        had, counted = b.shape(name), "hypotheses" if self.layout.step else "batch"
        if counted in dimensions:
            axis = dimensions.index(counted)
            self.rows = self.rows or b.shape(name, axis, axis + 1)
        least = b.constant([int(str(size).rpartition(".")[2] in FILLED) for size in dimensions])
        lacking = b.add("Sub", b.add("Max", had, least), had)
        return b.add("Pad", name, b.sizes(b.constant([0] * len(dimensions)), lacking))

    # -- outputs ------------------------------------------------------------------------------

    def output(self, name: str, examples: Sequence[Any]) -> Iterator[Any]:
        """What the model gives for an output of the graph: it, and its lengths where they aren't those of an input."""
        value = self.values[self.layout.graph.outputs[name]]
        assert value is not None
        axis = int(self.layout.graph.outputs[name] in self.layout.states)
        name = self.layout.output(name)
        if isinstance(value, Padded) and self.layout.step:
            value = self.b.add("Squeeze", value.values, self.b.constant([1]))
        if isinstance(value, Padded):
            yield self.given(name, value.values, 0, [example.padded() for example in examples])
            if value.lengths not in self.lengths:
                yield self.given(f"{name}.lengths", value.lengths, 0, [example.lengths for example in examples])
        else:
            yield self.given(name, value, axis, [values_of(example) for example in examples])

    def given(self, name: Name, value: Name, axis: int, examples: Sequence[Array]) -> Any:
        """An output of the model, of as many rows as there were; what its sizes are, the examples say."""
        b = self.b
        b.nodes.append(
            b.onnx.helper.make_node(
                "Slice", [value, b.constant([0]), self.rows, b.constant([axis])], [name], name=f"output_{name}"
            )
        )
        sizes = [
            own[0] if len(set(own)) == 1 else f"{name}.{k}"
            for k, own in enumerate(zip(*(example.shape for example in examples), strict=True))
        ]
        sizes[axis] = "hypotheses" if self.layout.step else "batch"
        return b.onnx.helper.make_tensor_value_info(name, b.type(examples[0].dtype.name), sizes)


def leading_to(names: set[Name], nodes: Sequence[Any]) -> list[Any]:
    """The nodes that these tensors follow from."""
    kept: list[Any] = []
    for node in reversed(nodes):
        if names & set(node.output):
            names = names | set(node.input)
            kept.insert(0, node)
    return kept
