"""What each step makes of a sequence of its own by a recurrence, as of the letters of a word: a function in C."""

from __future__ import annotations

from collections.abc import Sequence

from elman.export.c.operators import Places, write_node
from elman.export.c.program import Place, Program, indented
from elman.export.inputs import by_recurrence
from elman.graph import Graph, Node


def write_within(p: Program, graph: Graph, places: Places) -> list[Node]:
    """Write such functions, and that they are called at each step, whose ``places`` get what they make; returns the
    operators that are in them."""
    done: list[Node] = []
    for number, (name, nodes) in enumerate(by_recurrence(graph).items()):
        (given,) = {one for node in nodes for one in node.inputs} & {*places} - {""}
        x, function = places[given], f"within{number}"
        assert isinstance(x, Place)
        size = write_function(p, function, nodes, given, name, x.most_within)
        y = p.make(x, size)
        p.each(y, f"{function}({p.at(x)}, {x.count}, {p.at(y)});")
        places[name] = y
        done += nodes
    return done


def write_function(p: Program, name: str, nodes: Sequence[Node], given: str, made: str, most: int) -> int:
    """The function that makes a vector of a sequence of at most so many ids: how many numbers it has."""
    own = p.inside()
    places: Places = {"": None, given: Place("x", 1, "steps", most)}
    for place, node in enumerate(nodes):
        own.begin(f"{name}_{node.operator.name}{place}")
        write_node(own, node, places)
    y = places[made]
    assert isinstance(y, Place)
    own.use("copy")
    members = [f"    {type} {part}[{size}];" for part, (type, size) in own.state.items()]
    lines = ["static struct {", *members, "} memory, *const s = &memory;"]
    lines += [f"static float {one.name}[{one.size}];" for one in own.buffers]
    lines += ["memset(s, 0, sizeof *s);", *own.read, f"copy({y.at}, {y.size}, y);"]
    p.layers.append(f"static void {name}(const int *x, int steps, float *y)\n{{\n{indented(lines)}}}\n")
    p.scratch |= own.scratch
    p.within += sum(size for _, size in own.state.values()) + sum(one.size for one in own.buffers)
    return y.size
