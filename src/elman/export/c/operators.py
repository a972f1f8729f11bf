"""What each operator is in C. One that has no entry here has no C, and is refused by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from elman.export.around import AS_ONNX, without
from elman.export.c.fixed import FixedRecurrent
from elman.export.c.layers import FLOATING, numbers_of, write_layer
from elman.export.c.program import Array, Final, Place, Program, exact, literal
from elman.graph import (
    Node,
    Operator,
    classical,
    elementwise,
    patterns,
    pictures,
    pooling,
    raw,
    recurrence,
    series,
    tokens,
)
from elman.graph.patterns import PATTERNS

InC = Callable[..., Any]
"""``(program, operator, *places of its inputs) -> the place of what it gives``, or of each thing that it gives."""


def linear(p: Program, op: elementwise.Linear, x: Place) -> Place:
    weight, bias = p.matrix(op.weight, "weight", x.size), p.constant(op.bias, "bias", len(op.weight))
    y = p.make(x, op.weight.shape[0])
    p.use(f"linear{weight.suffix}")
    p.each(x, f"linear{weight.suffix}({weight}, {bias}, {p.at(x)}, {y.size}, {x.size}, {p.at(y)});")
    return y


def activation(p: Program, op: elementwise.Activation, x: Place) -> Place:
    p.expect(op.function in elementwise.ACTIVATIONS, f"there is no function {op.function!r}")
    y = p.make(x, x.size)
    p.use(f"{op.function}_of")
    p.each(x, *over(x.size, f"{p.one(y)} = {op.function}_of({p.one(x)});"))
    return y


def over(size: int, line: str) -> tuple[str, str]:
    """A loop over the numbers of a step."""
    return f"for (int i = 0; i < {size}; i++)", f"    {line}"


def add(p: Program, op: elementwise.Add, *parts: Place) -> Place:
    p.expect(len({part.size for part in parts}) == 1, "its parts differ in size")
    y = p.make(parts[0], parts[0].size)
    total = " + ".join(f"{p.one(part)}" for part in parts)
    p.each(y, *over(y.size, f"{p.one(y)} = {total};"))
    return y


def mean(p: Program, op: elementwise.Mean, *parts: Place) -> Place:
    p.expect(len({part.size for part in parts}) == 1, "its parts differ in size")
    y = p.make(parts[0], parts[0].size)
    total = " + ".join(f"{p.one(part)}" for part in parts)
    p.each(y, *over(y.size, f"{p.one(y)} = ({total}) / {literal(len(parts))};"))
    return y


def add_constant(p: Program, op: elementwise.AddConstant, x: Place) -> Place:
    constant, y = p.constant(op.constant, "constant", x.size), p.make(x, x.size)
    p.each(x, *over(x.size, f"{p.one(y)} = {p.one(x)} + {constant}[i];"))
    return y


def concat(p: Program, op: elementwise.Concat, *given: Place | None) -> Place:
    parts = [part for part in given if part is not None]  # of a part of no numbers nothing is given
    y = p.make(parts[0], sum(part.size for part in parts))
    p.use("copy")
    firsts = [sum(part.size for part in parts[:k]) for k in range(len(parts))]
    p.each(
        y,
        *(f"copy({p.at(part)}, {part.size}, {p.at(y)} + {first});" for part, first in zip(parts, firsts, strict=True)),
    )
    return y


def standardise(p: Program, op: elementwise.Standardise, x: Place) -> Place:
    if x.shape:
        return standardise_pixels(p, op, x)
    return standardised(p, "standardise", op.mean, op.scale, x)


def standardised(p: Program, function: str, mean: Array, scale: Array, x: Place) -> Place:
    constants = p.constant(mean, "mean", x.size), p.constant(scale, "scale", x.size)
    y = p.make(x, x.size)
    p.use(function)
    p.each(x, f"{function}({constants[0]}, {constants[1]}, {p.at(x)}, {x.size}, {p.at(y)});")
    return y


def standardise_pixels(p: Program, op: elementwise.Standardise, x: Place) -> Place:
    return by_channel(p, "standardise_pixels", x, mean=op.mean, scale=op.scale)


def by_channel(p: Program, function: str, x: Place, **constants: Array) -> Place:
    """A C function of pixels, and of two numbers for each of their channels."""
    channels, height, width = x.shape or (x.size, 1, 1)
    first, second = (p.constant(array, name, channels) for name, array in constants.items())
    y = p.make(x, x.size)
    p.use(function)
    p.each(x, f"{function}({first}, {second}, {p.at(x)}, {channels}, {height * width}, {p.at(y)});")
    return y


def observed(p: Program, op: raw.Observed, x: Place) -> Place:
    return standardised(p, "observed", op.mean, op.scale, x)


def missing(p: Program, op: raw.Missing, *parts: Place) -> Place:
    numbers = [f"({p.at(part)})[{k}]" for part in parts for k in range(part.size)]
    p.expect(max(op.columns) < len(numbers), f"there is no column {max(op.columns)}")
    y = p.make(parts[0], len(op.columns))
    chosen = enumerate(numbers[column] for column in op.columns)
    p.each(y, *(f"({p.at(y)})[{k}] = {number} != {number} ? 1.0f : 0.0f;" for k, number in chosen))
    return y


PHASES = {cycle: f"of_{cycle}" for cycle in raw.PHASES}
"""The C function of each cycle."""


def dates(p: Program, op: raw.Dates, x: Place) -> Place:
    columns = [*zip(op.mean, op.scale, op.cycles, strict=True)]
    p.expect(x.size == len(columns), f"there are {x.size} times")
    y, lines, place = p.make(x, sum(1 + 2 * len(cycles) for *_, cycles in columns)), list[str](), 0
    for k, (mean, scale, cycles) in enumerate(columns):
        time = f"({p.at(x)})[{k}]"
        p.use("of_date", *(PHASES[cycle] for cycle in cycles), *["wave"] * bool(cycles))
        lines.append(f"({p.at(y)})[{place}] = of_date({time}, {exact(mean)}, {exact(scale)});")
        waves = enumerate(cycles)
        lines += [f"wave({PHASES[cycle]}({time}), {p.at(y)} + {place + 1 + 2 * n});" for n, cycle in waves]
        place += 1 + 2 * len(cycles)
    p.each(x, *lines)
    return y


def since(p: Program, op: raw.Since, time: Place, steps: Place | None) -> Place:
    before, begun, y = p.remembers("before", 1, "double"), p.counts("begun"), p.make(time, 1)
    p.use("since")
    p.each(time, f"*({p.at(y)}) = since(*({p.at(time)}), {exact(op.unit)}, {before}, &{begun});")
    return y


def layer_norm(p: Program, op: elementwise.LayerNorm, x: Place) -> Place:
    weight, bias = p.constant(op.weight, "weight", x.size), p.constant(op.bias, "bias", x.size)
    y = p.make(x, x.size)
    p.use("layer_norm")
    p.each(x, f"layer_norm({weight}, {bias}, {literal(op.epsilon)}, {p.at(x)}, {x.size}, {p.at(y)});")
    return y


def log_softmax(p: Program, op: elementwise.LogSoftmax, x: Place) -> Place:
    y = p.make(x, x.size)
    p.use("log_softmax")
    p.each(x, f"log_softmax({p.at(x)}, {x.size}, {p.at(y)});")
    return y


def compare(p: Program, op: elementwise.Compare, u: Place, v: Place) -> Place:
    p.expect(u.size == v.size, "its parts differ in size")
    y = p.make(u, 2 * u.size)
    p.use("compare")
    p.each(u, f"compare({p.at(u)}, {p.at(v)}, {literal(op.scale)}, {u.size}, {p.at(y)});")
    return y


def embed(p: Program, op: tokens.Embed, ids: Place) -> Place:
    weight, y = p.matrix(op.weight, "weight", op.weight.shape[1]), p.make(ids, op.weight.shape[1])
    p.use(f"embed{weight.suffix}")
    p.each(ids, f"embed{weight.suffix}({weight}, *({p.at(ids)}), {y.size}, {p.at(y)});")
    return y


def bag(p: Program, op: tokens.Bag, ids: Place) -> Place:
    """Of the ids that each step has, or a row."""
    weight, size = p.matrix(op.weight, "weight", op.weight.shape[1]), op.weight.shape[1]
    y, count = p.make(ids if ids.count else Place("", size), size), ids.count or ids.steps
    p.use(f"bag{weight.suffix}")
    p.each(y, f"bag{weight.suffix}({weight}, {p.at(ids) if ids.count else ids.at}, {count}, {size}, {p.at(y)});")
    return y


def take(p: Program, op: tokens.Take, rows: Place, *index_and_steps: Place | None) -> Place:
    """A step is given what it shows."""
    return rows


def as_steps(p: Program, op: tokens.AsSteps, rows: Place, steps: Place | None) -> Place:
    return rows


def pick(p: Program, op: tokens.Pick, x: Place) -> Place:
    p.expect(0 <= op.column < x.size, f"there is no column {op.column}")
    return replace(x, at=f"{x.at} + {op.column}", size=1, each=x.each and f"{x.each} + {op.column}")


def change(p: Program, op: series.Change, x: Place) -> Place:
    before, begun, y = p.remembers("before", x.size), p.counts("begun"), p.make(x, x.size)
    p.use("copy")
    p.each(
        x,
        *over(x.size, f"{p.one(y)} = {begun} ? {p.one(x)} - {before}[i] : 0.0f;"),
        f"copy({p.at(x)}, {x.size}, {before});",
        f"{begun} = 1;",
    )
    return y


def window(p: Program, op: tokens.Window, x: Place) -> Place:
    kept, count = p.remembers("kept", op.size * x.size), p.counts("count")
    p.use("copy")
    p.each(
        x,
        f"if ({count} < {op.size})",
        f"    copy({p.at(x)}, {x.size}, {kept} + {count}++ * {x.size});",
    )
    return Place(kept, op.size * x.size)


# -- recurrence and pools -----------------------------------------------------------------------------------


def recurrent(p: Program, op: recurrence.Recurrent, x: Place, *state: Place | Final | None) -> tuple[Any, ...]:
    begins = [part for part in state if isinstance(part, Final)]
    if any(isinstance(part, Place) for part in state) or (begins and not p.whole):
        why = "its recurrent state begins with what another part of the network makes, as a decoder's does"
        raise without("C", why, AS_ONNX)
    ends: list[tuple[str, ...]] = []
    hidden = op.layers[0][0][0].shape[0] // len(op.spec.rows)
    numbers = numbers_of(op)
    for k, layer in enumerate(op.layers):
        calls: list[Call] = []
        for d, weights in enumerate(layer):
            name = write_layer(p, op, weights, f"layer{k}" + ("_back" if d else ""), x.size, hidden, first=not k)
            own = tuple(
                p.remembers(f"{part}{k}" + ("_back" if d else ""), hidden, numbers.type) for part in op.spec.states
            )
            calls.append((name, own, tuple(part.parts[len(ends)].at for part in begins)))
            ends.append(own)
        run = run_whole if p.whole else run_step
        before, x = x, replace(run(p, x, hidden, calls, numbers.read), alone=x.alone)
        if k:
            p.release(before)
    parts = range(len(op.spec.states))
    finals = [Final(tuple(Place(own[part], hidden) for own in ends), numbers.read) for part in parts]
    return x, *finals


Call = tuple[str, tuple[str, ...], tuple[str, ...]]
"""The function of a layer in a direction, its state, and what that begins with; () for zeros."""


def run_step(p: Program, x: Place, hidden: int, calls: list[Call], read: str) -> Place:
    """One more step; its output is the state itself, where that is of floating numbers."""
    ((name, own, _),) = calls
    p.each(x, f"{name}({p.at(x)}, {', '.join(own)});")
    if read == FLOATING.read:
        return Place(own[0], hidden, x.steps, x.most)
    y = p.make(x, hidden)
    p.use(read)
    p.each(y, f"{read}({own[0]}, {hidden}, {p.at(y)});")
    return y


def run_whole(p: Program, x: Place, hidden: int, calls: list[Call], read: str) -> Place:
    """All steps, forwards, and then backwards for a second direction."""
    y = p.make(x, hidden * len(calls))
    p.use("copy", read)
    for d, (name, own, begins) in enumerate(calls):
        begin = [f"copy({first}, {hidden}, {part});" for part, first in zip(own, begins, strict=False)]
        if x.alone and not begins:
            begin = [f"memset({part}, 0, {hidden} * sizeof *{part});" for part in own]
        order = f"int t = {x.steps} - 1; t >= 0; t--" if d else f"int t = 0; t < {x.steps}; t++"
        p.read.extend([] if x.alone else begin)
        p.read.extend(
            (
                f"for ({order}) {{",
                *(f"    {line}" for line in begin if x.alone),
                f"    {name}({p.at(x)}, {', '.join(own)});",
                f"    {read}({own[0]}, {hidden}, {p.at(y)} + {d * hidden});",
                "}",
            )
        )
    return y


def each_alone(p: Program, op: recurrence.EachAlone, x: Place) -> Place:
    return replace(x, alone=True)


def expand_state(p: Program, op: recurrence.ExpandState, state: Final, steps: Place) -> Final:
    """Every step begins with the state that is there."""
    return state


def last_output(p: Program, op: recurrence.LastOutput, h: Final) -> Place:
    last = h.parts[-op.directions :]
    if len(last) == 1 and h.read == FLOATING.read:
        return last[0]
    y, size = p.make(Place("", 1), sum(part.size for part in last)), last[0].size
    p.use(h.read)
    p.each(y, *(f"{h.read}({part.at}, {size}, {y.at} + {k * size});" for k, part in enumerate(last)))
    return y


def pool(p: Program, op: pooling.Pool, x: Place) -> Place:
    p.expect(op.by in ("mean", "max", "sum"), f"there is no pool {op.by!r}")
    kept, count = p.remembers(op.by, x.size), p.counts("count")
    if op.by == "max":
        line = f"{kept}[i] = !{count} || {p.one(x)} > {kept}[i] ? {p.one(x)} : {kept}[i];"
    else:
        line = f"{kept}[i] += {p.one(x)};"
    p.each(x, *over(x.size, line), f"{count}++;")
    if op.by != "mean":
        return Place(kept, x.size)
    y = p.make(Place("", x.size), x.size)
    p.each(y, *over(x.size, f"{y.at}[i] = {kept}[i] / (float)({count} ? {count} : 1);"))
    return y


def attention_pool(p: Program, op: pooling.AttentionPool, x: Place) -> Place:
    units = op.weight.shape[0]
    weight, bias = p.matrix(op.weight, "weight", x.size), p.constant(op.bias, "bias", units)
    score = p.constant(op.score, "score", units)
    kept, top, total = p.remembers("sum", x.size), p.remembers("top", 1), p.remembers("total", 1)
    hidden = p.unique("hidden")
    p.scratch[hidden] = units
    linear = f"linear{weight.suffix}"
    p.use(linear, "look")
    p.each(
        x,
        f"float {hidden}[{units}];",
        f"{linear}({weight}, {bias}, {p.at(x)}, {units}, {x.size}, {hidden});",
        f"look({score}, {hidden}, {units}, {p.at(x)}, {x.size}, {top}, {total}, {kept});",
    )
    y = p.make(Place("", x.size), x.size)
    p.each(y, *over(x.size, f"{y.at}[i] = {total}[0] > 0.0f ? {kept}[i] / {total}[0] : 0.0f;"))
    return y


# -- what needs a whole window ------------------------------------------------------------------------------


def time_convolution(p: Program, op: pictures.TimeConvolution, x: Place) -> Place:
    outputs, inputs, width = op.weight.shape
    p.expect(inputs == x.size and op.stride > 0, f"its weight is {list(op.weight.shape)} for {x.size} numbers")
    weight, count = p.constant(op.weight, "weight", op.weight.size), p.unique("steps")
    p.read.append(f"const int {count} = ({x.steps} + {op.stride - 1}) / {op.stride};")
    y = p.make(x, outputs, steps=count, most=-(-x.most // op.stride))
    p.use("time_convolution")
    p.read.append(f"time_convolution({weight}, {x.at}, {x.steps}, {inputs}, {outputs}, {width}, {op.stride}, {y.at});")
    return y


def patterns_found(p: Program, op: patterns.Patterns, x: Place) -> Place:
    groups, size = len(op.widths), op.biases.shape[1]
    p.expect(op.columns.shape == (groups, len(PATTERNS), x.size), f"its columns are {list(op.columns.shape)}")
    p.expect(sum(op.counts) == size, f"there are {size} biases for {sum(op.counts)}")
    widths, counts = (
        p.constant(np.array(one, np.int32), name, groups)
        for one, name in ((op.widths, "widths"), (op.counts, "counts"))
    )
    biases = p.constant(op.biases, "biases", len(PATTERNS) * size)
    columns = p.constant(op.columns.astype(np.int8), "columns", op.columns.size)
    y = p.make(Place("", 1), op.biases.size)
    p.use("patterns")
    p.read.append(
        f"patterns({widths}, {counts}, {groups}, {biases}, {size}, {columns}, {x.at}, {x.steps}, {x.size}, {y.at});"
    )
    return y


# -- pictures -----------------------------------------------------------------------------------------------


def convolution(p: Program, op: pictures.Convolution, x: Place) -> Place:
    outputs, inputs, size, _ = op.weight.shape
    channels, height, width = x.shape
    p.expect(inputs == channels and size % 2 == 1 and op.stride > 0, f"its weight is {list(op.weight.shape)}")
    weight = p.constant(op.weight, "weight", outputs * inputs * size * size)
    y = p.make_maps(x, outputs, -(-height // op.stride), -(-width // op.stride))
    p.use("convolution")
    given = f"{p.at(x)}, {channels}, {height}, {width}, {outputs}, {size}, {op.stride}"
    p.each(x, f"convolution({weight}, {given}, {p.at(y)});")
    return y


def max_pool(p: Program, op: pictures.MaxPool, x: Place) -> Place:
    channels, height, width = x.shape
    y = p.make_maps(x, channels, -(-height // 2), -(-width // 2))
    p.use("max_pool")
    p.each(x, f"max_pool({p.at(x)}, {channels}, {height}, {width}, {p.at(y)});")
    return y


def batch_norm(p: Program, op: pictures.BatchNorm, x: Place) -> Place:
    return by_channel(p, "batch_norm", x, factor=op.factor, shift=op.shift)


def flatten(p: Program, op: pictures.Flatten, x: Place) -> Place:
    """Its numbers already lie side by side."""
    return Place(x.at, x.size)


# -- segments of a series -----------------------------------------------------------------------------------


def segments(p: Program, op: series.Segments, x: Place) -> Place:
    count = p.unique("steps")
    p.read += [f"if ({x.steps} % {op.length})", "    return -1;", f"const int {count} = {x.steps} / {op.length};"]
    return Place(x.at, x.size * op.length, count, x.most // op.length)


# -- forecasts ----------------------------------------------------------------------------------------------


def recent(p: Program, op: series.Recent, past: Place, column: Place | None) -> tuple[Place, Place, Place]:
    columns, others = len(op.mean), len(op.other_mean)
    p.expect(past.size == columns + others, f"its series have {past.size} columns")
    mean, scale = p.constant(op.mean, "mean", columns), p.constant(op.scale, "scale", columns)
    own = chosen(column)
    window, spread = p.make(Place("", 1), op.context), p.make(Place("", 1), 1)
    p.use("recent")
    p.read.append(
        f"{spread.at}[0] = recent({past.at} + {own}, {past.steps}, {past.size}, {mean}[{own}], {scale}[{own}], "
        f"{literal(op.least)}, {op.context}, {window.at});"
    )
    if not others:
        return window, spread, Place("NULL", 0, str(op.context), op.context)
    beside = p.make(Place("", others, str(op.context), op.context), others)
    means, scales = p.constant(op.other_mean, "other_mean", others), p.constant(op.other_scale, "other_scale", others)
    p.use("observed")
    first = f"{past.at} + ({past.steps} - {op.context} + t) * {past.size} + {columns}"
    p.each(beside, f"observed({means}, {scales}, {first}, {others}, {p.at(beside)});")
    return window, spread, beside


def chosen(column: Place | None) -> str:
    """The place of a series' column that is forecast."""
    return "0" if column is None else f"*({column.at})"


def normalise(
    p: Program, op: series.Normalise, window: Place, spread: Place, ahead: Place | None, others: Place
) -> tuple[Place, ...]:
    steps, given = window.size, ahead.size if ahead else 0
    p.expect(0 < op.period <= steps, f"its period is {op.period}")
    size = 1 + op.masked + given + others.size
    y = p.make(Place("", size, str(steps), steps), size)
    pattern, base = (p.make(Place("", 1), op.horizon) for _ in range(2))
    scale = p.make(Place("", 1), 1)
    p.use("normalise", "season_again")
    first = ahead.at if ahead else "NULL"
    p.read += [
        f"{scale.at}[0] = normalise({window.at}, {steps}, {spread.at}[0], {int(op.masked)}, {first}, {given}, "
        f"{others.at}, {others.size}, {y.at});",
        f"season_again({window.at}, {steps}, {op.period}, {literal(op.reversion)}, {scale.at}[0], {op.horizon}, "
        f"{base.at}, {pattern.at});",
    ]
    to_come = Place(f"{first} + {steps * given}" if given else "NULL", given, str(op.horizon), op.horizon)
    return y, to_come, pattern, base, scale


def towards_linear(
    p: Program, op: series.TowardsLinear, steps: Place, pattern: Place, base: Place, scale: Place
) -> Place:
    read, horizon = len(op.weight) - 1, op.weight.shape[1]
    p.expect(0 <= read <= steps.most and horizon == pattern.size, f"its weights are {op.weight.shape}")
    weight = p.constant(op.weight, "weight", (read + 1) * horizon)
    y = p.make(Place("", 1), horizon)
    p.use("towards_linear")
    p.read.append(
        f"towards_linear({steps.at} + {(steps.most - read) * steps.size}, {read}, {steps.size}, {weight}, {horizon}, "
        f"{literal(op.share)}, {pattern.at}, {scale.at}[0], {base.at}, {y.at});"
    )
    return y


def towards_classical(
    p: Program, op: classical.TowardsClassical, past: Place, base: Place, column: Place | None
) -> Place:
    columns, own, function = len(op.mean), chosen(column), CLASSICAL[op.method]
    p.expect(columns <= past.size, f"its series have {past.size} columns")
    mean, unit = p.constant(op.mean, "mean", columns), p.constant(op.unit, "unit", columns)
    y = p.make(Place("", 1), base.size)
    p.use(function, "towards")
    season = max(1, op.season) if op.method != "naive" else 1
    smooths = op.method in SMOOTHING
    own_season = [str(season)] * (smooths or op.method.endswith("naive"))
    pattern = [p.make(Place("", 1), 2 * season).at] if smooths else []
    given = ", ".join([f"{past.at} + {own}", past.steps, str(past.size), *own_season, str(base.size), *pattern, y.at])
    p.read += [
        f"{function}({given});",
        f"towards({base.at}, {base.size}, {literal(op.share)}, {mean}[{own}], {unit}[{own}], {y.at});",
    ]
    return y


CLASSICAL = {
    "naive": "season_before",
    "seasonal_naive": "season_before",
    "drift": "drift",
    "mean": "mean_before",
    "median": "median_before",
    "theta": "theta",
    "optimised_theta": "optimised_theta",
    "holt_winters": "holt_winters",
}
"""The functions of the classical forecasts."""
SMOOTHING = {"theta", "optimised_theta", "holt_winters"}
"""Those that have a pattern of the season, and room for another."""


def horizon(p: Program, op: series.Horizon, ahead: Place | None, column: Place | None) -> Place:
    count, size = op.places.shape
    features = 0 if ahead is None else ahead.size
    places = p.constant(op.places, "places", count * size)
    own = "NULL"
    if op.columns is not None:
        own = f"{p.constant(op.columns, 'columns', op.columns.size)} + {chosen(column)} * {size}"
    weight = p.constant(op.weight, "weight", size * op.segment * features)
    y = p.make(Place("", size, str(count), count), size)
    p.use("horizon")
    given = f"{ahead.at}, {int(ahead.steps) * features}" if ahead and features else "NULL, 0"
    p.read.append(f"horizon({places}, {own}, {weight}, {given}, {count}, {size}, {op.segment * features}, {y.at});")
    return y


def add_pattern(p: Program, op: series.AddPattern, parts: Place, gates: Place | None, pattern: Place) -> Place:
    size, steps = parts.size // op.segment, pattern.size
    p.expect(size * op.segment == parts.size and parts.most * op.segment >= steps, f"its parts are of {parts.size}")
    y = p.make(Place("", size, str(steps), steps), size)
    share = f"{gates.at}[t / {op.segment}]" if gates else "-1.0f"
    p.read += [
        f"for (int t = 0; t < {steps}; t++)",
        f"    for (int i = 0; i < {size}; i++)",
        f"        {y.at}[t * {size} + i] = {parts.at}[t * {size} + i] + {share} * {pattern.at}[t];",
    ]
    return y


def forecast(
    p: Program, op: series.Forecast, x: Place | None, base: Place, scale: Place, column: Place | None
) -> Place:
    columns, own, (steps, size) = len(op.mean), chosen(column), op.shifts.shape
    p.expect(base.size == steps and (x is None or (x.size, x.most) == (size, steps)), "its scores are of another size")
    shifts = p.constant(op.shifts, "shifts", steps * size)
    mean, unit = p.constant(op.mean, "mean", columns), p.constant(op.unit, "unit", columns)
    y = p.make(x or Place("", size, str(steps), steps), size)
    p.use("forecast")
    p.read.append(
        f"forecast({x.at if x else 'NULL'}, {steps}, {size}, {literal(op.trust)}, {shifts}, {base.at}, {scale.at}[0], "
        f"{mean}[{own}], {unit}[{own}], {y.at});"
    )
    return y


IN_C: dict[type[Operator], InC] = {
    elementwise.Activation: activation,
    elementwise.Add: add,
    elementwise.AddConstant: add_constant,
    elementwise.Compare: compare,
    elementwise.Concat: concat,
    elementwise.LayerNorm: layer_norm,
    elementwise.Linear: linear,
    elementwise.LogSoftmax: log_softmax,
    elementwise.Mean: mean,
    elementwise.Standardise: standardise,
    patterns.Patterns: patterns_found,
    pictures.BatchNorm: batch_norm,
    pictures.Convolution: convolution,
    pictures.Flatten: flatten,
    pictures.MaxPool: max_pool,
    pictures.TimeConvolution: time_convolution,
    pooling.AttentionPool: attention_pool,
    pooling.Pool: pool,
    raw.Dates: dates,
    raw.Missing: missing,
    raw.Observed: observed,
    raw.Since: since,
    FixedRecurrent: recurrent,
    recurrence.EachAlone: each_alone,
    recurrence.ExpandState: expand_state,
    recurrence.LastOutput: last_output,
    recurrence.Recurrent: recurrent,
    series.AddPattern: add_pattern,
    series.Change: change,
    series.Forecast: forecast,
    series.Horizon: horizon,
    series.Normalise: normalise,
    series.Recent: recent,
    series.Segments: segments,
    series.TowardsLinear: towards_linear,
    classical.TowardsClassical: towards_classical,
    tokens.AsSteps: as_steps,
    tokens.Bag: bag,
    tokens.Embed: embed,
    tokens.Pick: pick,
    tokens.Take: take,
    tokens.Window: window,
}


Places = dict[str, Place | Final | None]
"""Where values of the graph lie, by their names."""


def write_node(p: Program, node: Node, places: Places) -> None:
    """An operator, and where what it gives lies. Raises ExportError where its parts don't fit."""
    try:
        made = IN_C[type(node.operator)](p, node.operator, *(places[name] for name in node.inputs))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
        raise p.misfit(problem) from problem
    places |= zip(node.outputs, made if isinstance(made, tuple) else (made,), strict=False)


def needs_whole(operator: Operator) -> bool:
    """Whether an operator needs steps that are still to come."""
    if isinstance(operator, recurrence.Recurrent):
        return operator.directions > 1
    return isinstance(operator, (patterns.Patterns, pictures.TimeConvolution, series.Segments, series.Recent))
