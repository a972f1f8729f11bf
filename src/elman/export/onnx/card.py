# pyright: strict
"""What stands beside the models, for who uses them: their inputs and outputs, and how they were proved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from elman.export.onnx.proof import Proof
from elman.extras import needed

LICENCE = "They may be used, changed and passed on by anyone, for any purpose, without conditions."
LENGTHS = """Sequences are padded at their ends, and `lengths` says how long each is. Ids must be some of the vocabulary
in the padding too, such as 0; of outputs, what stands past a length means nothing."""
MEANING = """What ids and scores mean stands in the models' metadata, as JSON under names that begin with `elman.`: the
columns as they were fitted (`elman.input`, `elman.output`), and what becomes of the scores (`elman.answer`)."""
STATES = """Sequences may come in pieces, of one step or many: what a call of `{file}` gives under a name that ends with
`_next` goes into the next call under that name without it. All of it begins with zeros."""
STEP = """`read.onnx` reads; `write.onnx` then writes, one token of each hypothesis at a call. `row` says which row of
what was read each hypothesis is of, so that there may be any number of each. The first token is the end mark; `h`, and
`c` where there is one, begin as `read.onnx` gives them for that row, and `runs` with zeros, as wide as `tokens`. What
ends with `_next` goes into the next call. Scores are log-probabilities."""


def card(models: Mapping[str, Any], proof: Proof) -> str:
    """Markdown on the models, which are ``onnx.ModelProto`` by file."""
    names = {info.name for model in models.values() for info in (*model.graph.input, *model.graph.output)}
    about = [MEANING, LENGTHS] if "lengths" in names else [MEANING]
    if "write.onnx" in models:
        about.append(STEP)
    elif "h_next" in names:
        about.append(STATES.format(file="read_on.onnx" if "read_on.onnx" in models else "model.onnx"))
    tables = [f"## {file}\n\n{table(model)}" for file, model in models.items()]
    proved = (
        f"They were compared with the network that they were made of, in ONNX Runtime "
        f"{needed('onnxruntime').__version__}, on {proof.compared}: "
        f"the largest difference of any number was {proof.largest:.1e}."
    )
    return "\n\n".join(["# ONNX models written by Elman", LICENCE, *about, *tables, "## Proof", proved]) + "\n"


def table(model: Any) -> str:
    """The inputs and outputs of a model."""
    lines = ["| | name | numbers | size |", "|---|---|---|---|"]
    for what, infos in (("input", model.graph.input), ("output", model.graph.output)):
        lines += [f"| {what} | `{info.name}` | {dtype(info)} | {', '.join(sizes(info))} |" for info in infos]
    return "\n".join(lines)


def dtype(info: Any) -> str:
    return str(needed("onnx").helper.tensor_dtype_to_np_dtype(info.type.tensor_type.elem_type))


def sizes(info: Any) -> Iterable[str]:
    return (size.dim_param or str(size.dim_value) for size in info.type.tensor_type.shape.dim)
