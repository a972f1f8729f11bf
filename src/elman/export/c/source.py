"""The text of an exported program: header, source and test."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

import elman
from elman.decoding.viterbi import Chain
from elman.errors import ExportError
from elman.export.around import AS_ONNX, SCORES, Meaning, ReadOut, without
from elman.export.c.functions import source_of
from elman.export.c.operators import IN_C, Places, needs_whole, write_node
from elman.export.c.program import Place, Program, constant_in_c, in_comment, indented, literal
from elman.export.c.reads import Reads, reads_of
from elman.export.c.within import write_within
from elman.export.inputs import by_recurrence
from elman.graph import Graph

STATIC = "Its memory is static: one call at a time."
LICENCE = "It may be used, changed and passed on by anyone, for any purpose, without conditions."


@dataclass(frozen=True)
class Sources:
    """A program as text, and what is to be said of it.

    header, source: ``NAME.h`` and ``NAME.c``
    reads:          what it is given
    outputs:        numbers of an answer
    streams:        whether it can read sequences step by step
    each:           whether it answers at every step;  paths: whether tags are chosen together, by ``NAME_tags``
    most_steps:     that it can read, where it needs all of a sequence; else 0
    constants:      bytes of its constants, which may stay in flash
    state:          bytes of RAM that it keeps: its state, or all that it needs for a window
    stack:          bytes of numbers on the stack while it runs, at most
    """

    name: str
    header: str
    source: str
    reads: Reads
    outputs: int
    streams: bool
    each: bool
    paths: bool
    most_steps: int
    constants: int
    state: int
    stack: int


def write_sources(
    graph: Graph,
    name: str,
    read_out: ReadOut = SCORES,
    *,
    meanings: Mapping[str, Meaning] | None = None,
    most_steps: int = 128,
    libm: bool = False,
    int8: bool = False,
    about: str = "",
) -> Sources:
    """A graph's ``scores``, read out, as a program; ``meanings`` are of its inputs.

    Raises ExportError for what can't be written in C.
    """
    check_name(name)
    check_operators(graph)
    reads = reads_of(graph, most_steps, meanings)
    within = [node for nodes in by_recurrence(graph).values() for node in nodes]
    at_once = any(needs_whole(node.operator) or reads.sums(node) for node in graph.nodes if node not in within)
    whole = reads.pixels or reads.within or at_once
    p = Program(whole=whole, int8=int8)
    scores, past = write_nodes(p, graph, reads.places(whole))
    if read_out.labels and len(read_out.labels) != scores.size:
        raise ExportError(f"there are {len(read_out.labels)} labels for {scores.size} scores; expected as many")
    write_answer(p, scores, read_out)
    paths = write_paths(p, read_out.chain, scores.size) if read_out.chain else ""
    each = bool(scores.steps)
    if each and not whole:
        p.read[past:past] = ["if (!y)", "    return;"]
    text = Text(name, p, reads, scores, read_out, each, paths, about)
    state = p.remembered + 4 * sum(one.size for one in p.buffers) + 4 * p.within
    constants = sum(array.size * (array.itemsize if array.dtype.kind == "i" else 4) for array in p.constants.values())
    return Sources(
        name,
        text.header(),
        text.source(libm),
        reads,
        scores.size,
        text.streams,
        each,
        bool(paths),
        text.most_steps,
        constants,
        state,
        4 * sum(p.scratch.values()),
    )


def write_nodes(p: Program, graph: Graph, given: Mapping[str, Place | None]) -> tuple[Place, int]:
    """All operators: where the scores are, and after how many statements of ``read`` nothing is remembered any more."""
    states = {one.name for one in graph.inputs if one.form == "state"}
    places: Places = {"": None, **given, **dict.fromkeys(states)}
    past, written = 0, write_within(p, graph, places)
    for place, node in enumerate(graph.nodes):
        if node in written:
            continue
        p.begin(f"{node.operator.name}{place}")
        remembered = len(p.state)
        write_node(p, node, places)
        if len(p.state) > remembered:
            past = len(p.read)
        later = {name for after in graph.nodes[place + 1 :] for name in after.inputs} | {graph.outputs["scores"]}
        p.keep(found for name in later if isinstance(found := places.get(name), Place))
    scores = places[graph.outputs["scores"]]
    assert isinstance(scores, Place)
    return scores, past


def write_answer(p: Program, scores: Place, read_out: ReadOut) -> None:
    p.begin("answer")
    function = {"scores": "copy", "softmax": "softmax", "sigmoid": "sigmoids"}[read_out.function]
    p.use(function)
    p.each(scores, f"{function}({p.at(scores)}, {scores.size}, {p.at(replace(scores, at='y', each=''))});")


def write_paths(p: Program, chain: Chain, tags: int) -> str:
    """The call that chooses the tags of all steps of ``y`` together."""
    p.begin("path")
    sizes = {"start": tags, "transitions": tags * tags, "end": tags}
    parts = [p.constant(np.asarray(getattr(chain, part)), part, size) for part, size in sizes.items()]
    p.use("best_path")
    return f"best_path({', '.join(parts)}, {tags}, y, steps, tags);"


# -- what can't be ------------------------------------------------------------------------------------------


def check_name(name: str) -> None:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise ExportError(f"{name!r} can't be a name in C; expected letters, digits and _ after a letter, as my_model")


def check_operators(graph: Graph) -> None:
    if "scores" not in graph.outputs:
        raise without("C", "this network writes step after step by a search", AS_ONNX)
    if missing := sorted({node.operator.name for node in graph.nodes if type(node.operator) not in IN_C}):
        raise without("C", f"this network has the operators {', '.join(missing)}", AS_ONNX)


# -- text ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """Lays the parts of a program out."""

    name: str
    program: Program
    reads: Reads
    scores: Place
    read_out: ReadOut
    each: bool
    paths: str
    about: str

    @property
    def streams(self) -> bool:
        return self.reads.steps and not self.program.whole

    @property
    def most_steps(self) -> int:
        """Of a sequence that is needed as a whole; 0 where there is no such thing."""
        limits = [one.most for one in self.reads.members if one.many]
        return max([self.reads.most * (self.reads.steps and self.program.whole), *limits])

    @property
    def type(self) -> str:
        return self.reads.type(self.name)

    def comment(self) -> str:
        about = f"{in_comment(self.about)}\n   " if self.about else ""
        return f"/* {self.name}: {about}made by Elman {elman.__version__}.\n   {LICENCE} */\n"

    def run(self) -> str:
        steps = ", int steps" if self.reads.steps else ""
        return f"int {self.name}_run(const {self.type} *x{steps}, float *y)"

    def step(self) -> str:
        only = self.reads.only
        x = f"const {self.type} *x" if not only else "int x" if self.reads.tokens else f"const float x[{only.size}]"
        return f"int {self.name}_step({self.name}_state *state, {x}, float y[{self.scores.size}])"

    def tags(self) -> str:
        return f"void {self.name}_tags(float *y, int steps, int *tags)"

    def header(self) -> str:
        name, guard, only = self.name, f"{self.name.upper()}_H", self.reads.only
        sizes = {"OUTPUTS": self.scores.size}
        if only:
            sizes |= {"TOKENS": self.reads.tokens} if self.reads.tokens else {"INPUTS": only.size}
        if self.most_steps:
            sizes["MOST_STEPS"] = self.most_steps
        if self.reads.least:
            sizes["FEWEST_STEPS"] = self.reads.least
        if self.program.whole and self.scores.steps.isdigit():
            sizes["ANSWERS"] = int(self.scores.steps)
        enums = ", ".join(f"{name.upper()}_{key} = {value}" for key, value in sizes.items())
        parts = [self.comment(), f"#ifndef {guard}\n#define {guard}\n\n"]
        sized = self.reads.pixels or (
            self.streams and any(type == "int32_t" for type, _ in self.program.state.values())
        )
        parts += ["#include <stdint.h>\n\n"] if sized else []
        parts += ['#ifdef __cplusplus\nextern "C" {\n#endif\n\n', f"enum {{ {enums} }};\n\n"]
        parts.append(self.reads.declared(name))
        if self.streams:
            parts += [
                "/* What is kept from step to step; one for each sequence that is read. */\n",
                f"typedef struct {{\n{indented(self._members())}}} {name}_state;\n\n",
                "/* To be called before the first step of a sequence. */\n",
                f"void {name}_reset({name}_state *state);\n\n",
                f"/* {self._says_step()} */\n{self.step()};\n\n",
            ]
        parts.append(f"/* {self._says_run()} */\n{self.run()};\n\n")
        if self.read_out.labels:
            parts.append(f"extern const char *const {name}_labels[{self.scores.size}];\n\n")
        if self.paths:
            parts += [
                "/* The tags of so many steps, chosen together from their answers y, as places of labels: the path of\n"
                "   the highest score. It overwrites y. */\n",
                f"{self.tags()};\n\n",
            ]
        elif self.chooses:
            parts += [
                f"/* {self._says_best()} */\n",
                f"int {name}_best(const float y[{self.scores.size}]);\n\n",
            ]
        parts.append("#ifdef __cplusplus\n}\n#endif\n\n#endif\n")
        return "".join(parts)

    @property
    def chooses(self) -> bool:
        """Whether an answer is about which of several."""
        return self.scores.size > 1 and self.read_out.function != "scores"

    def _says_best(self) -> str:
        for label, least in self.read_out.at_least.items():
            return f"The place of {in_comment(label)} where it is as likely as {least:.6g}, else of the other label."
        return "The place of the largest number of an answer."

    def _says_step(self) -> str:
        only, tokens = self.reads.only, self.reads.tokens
        reads = f", an id below {tokens}" if tokens else f", {only.size} numbers" if only else ""
        what = "the answer at it" if self.each else "the answer to what was read so far"
        refused = ", or -1 for what can't be read" if self.reads.unfit(self.name, "x") else ""
        alone = f"\n   {STATIC}" if self.program.within else ""
        return f"Reads one step{reads}, and writes {what},\n   to y, unless that is NULL. Returns 0{refused}.{alone}"

    def _says_run(self) -> str:
        size, only = self.scores.size, self.reads.only
        alone = f"\n   {STATIC}" if self.program.whole or self.program.within else ""
        if self.reads.steps:
            most = f", at most {self.most_steps}," if self.most_steps else ""
            most = f", {self.reads.least} or more," if self.reads.least else most
            what = f"{size} numbers for each step" if self.each else f"one answer, {size} numbers"
            what = (
                f"{self.scores.steps} x {size} numbers" if self.scores.steps.isdigit() and self.program.whole else what
            )
            return (
                f"Reads a sequence of so many steps{most} one after another, and writes {what}, to y.\n   Returns how "
                f"many answers these are, or -1 for what can't be read.{alone}"
            )
        if self.reads.pixels:
            shape = " x ".join(map(str, only.shape if only else ()))
            x = f"a picture x, {shape} bytes, channel by channel and each row by row"
        else:
            x = f"x, {only.size} numbers" if only else "x"
        count = f"{self.scores.steps} x {size} numbers, to y. Returns {self.scores.steps}"
        count = count if self.each else "to y. Returns 1"
        refused = ", or -1 for what can't be read" if self.reads.unfit(self.name, "x") else ""
        return f"Writes the answer to {x}, {count}{refused}.{alone}"

    def _members(self) -> list[str]:
        members = [f"{type} {name}[{size}];" for name, (type, size) in self.program.state.items()]
        return members or ["char nothing;"]

    def source(self, libm: bool) -> str:
        p = self.program
        parts = [self.comment(), f'#include "{self.name}.h"\n\n', "#include <stdint.h>\n#include <string.h>\n"]
        if libm:
            parts.append("#include <math.h>\n")
        parts += ["\n" + constant_in_c(name, array) for name, array in p.constants.items()]
        parts += [source_of(p.functions, libm=libm), "\n", *(f"{layer}\n" for layer in p.layers)]
        parts.append(self.reads.fits(self.name))
        parts.append(self._streaming() if self.streams else self._at_once())
        named = {f"{self.name}_labels": self.read_out.labels} if self.read_out.labels else {}
        named |= {array: values for array, (_, values) in self.reads.named_values(self.name).items()}
        for array, values in named.items():
            lines = ",\n".join(f"    {quoted(value)}" for value in values)
            parts.append(f"\nconst char *const {array}[{len(values)}] = {{\n{lines}\n}};\n")
        if self.paths:
            parts.append(f"\n{self.tags()}\n{{\n    {self.paths}\n}}\n")
        elif self.chooses:
            parts.append(self._best())
        return "".join(parts)

    def _streaming(self) -> str:
        p, name, tokens = self.program, self.name, self.reads.tokens
        unused = [] if p.state else ["(void)s;"]
        y = ", float *y" if self.each else ""
        text = f"static void {name}_read({name}_state *s, const {self.type} *x{y})\n{{\n{indented(unused + p.read)}}}\n"
        if not self.each:
            answer = indented(unused + p.answer)
            text += f"\nstatic void {name}_answer(const {name}_state *s, float *y)\n{{\n{answer}}}\n"
        text += f"\nvoid {name}_reset({name}_state *state)\n{{\n    memset(state, 0, sizeof *state);\n}}\n"
        at = "&x" if tokens else "x"
        unfit = self.reads.unfit(name, "x")
        check = [f"if ({unfit})", "    return -1;"] if unfit else []
        reads = [f"{name}_read(state, {at}, y);"]
        if not self.each:
            reads = [f"{name}_read(state, {at});", "if (y)", f"    {name}_answer(state, y);"]
        text += f"\n{self.step()}\n{{\n{indented([*check, *reads, 'return 0;'])}}}\n"
        given = "x[t]" if tokens else "x + t" if not self.reads.only else f"x + (size_t)t * {self.reads.inputs}"
        each = f"y + (size_t)t * {self.scores.size}" if self.each else "NULL"
        run = [
            f"{name}_state state;",
            f"{name}_reset(&state);",
            "if (steps < 0)",
            "    return -1;",
            "for (int t = 0; t < steps; t++)",
            f"    if ({name}_step(&state, {given}, {each}) < 0)",
            "        return -1;",
            *(["return steps;"] if self.each else [f"{name}_answer(&state, y);", "return 1;"]),
        ]
        return text + f"\n{self.run()}\n{{\n{indented(run)}}}\n"

    def _at_once(self) -> str:
        p, text = self.program, ""
        body: list[str] = []
        if p.whole:
            text += "".join(f"static float {one.name}[{one.size}];\n" for one in p.buffers)
            above = f" || steps > {self.most_steps}" if self.most_steps else ""
            limit = [f"if (steps < {self.reads.least}{above})", "    return -1;"]
            body += limit if self.reads.steps else []
        if self.reads.steps and (unfit := self.reads.unfit(self.name, "x[t]" if self.reads.tokens else "x + t")):
            body += ["for (int t = 0; t < steps; t++)", f"    if ({unfit})", "        return -1;"]
        elif unfit := self.reads.unfit(self.name, "*x" if self.reads.tokens else "x"):
            body += [f"if ({unfit})", "    return -1;"]
        if p.state:
            text += f"static struct {{\n{indented(self._members())}}} memory, *const s = &memory;\n"
            body.append("memset(s, 0, sizeof *s);")
        body += [*p.read, *p.answer, f"return {self.scores.steps if self.each else 1};"]
        return f"{text}\n{self.run()}\n{{\n{indented(body)}}}\n"

    def _best(self) -> str:
        size = self.scores.size
        lines = ["int best = 0;", f"for (int i = 1; i < {size}; i++)", "    if (y[i] > y[best])", "        best = i;"]
        for label, least in self.read_out.at_least.items():
            rare = self.read_out.labels.index(label)
            lines = [f"const int best = y[{rare}] >= {literal(least)} ? {rare} : {1 - rare};"]
        return f"\nint {self.name}_best(const float y[{size}])\n{{\n{indented([*lines, 'return best;'])}}}\n"


def quoted(text: str) -> str:
    """A string in C, as UTF-8."""
    return '"' + "".join(_character(byte) for byte in text.encode()) + '"'


def _character(byte: int) -> str:
    return chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"
