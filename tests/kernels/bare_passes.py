"""Passes of the compiled kernels on NumPy arrays, with torch loaded or without; run by ``test_threads.py``.

    python bare_passes.py torch|later|alone THREADS [forks|busy|short]

Prints whose threads ran and a digest of all results; where torch is loaded ``later``, after the same passes without it.
Then what forked processes say: one and its child where ``forks``, several in turn while another thread is inside passes
where ``busy``. Where ``short``, what becomes of a pass that memory has no room for, and a digest after it.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading

import numpy as np

from elman.kernels import cpu

KINDS = {"float32": np.float32, "float64": np.float64}
ROOM = 350_000_000
"""Bytes that are left where memory is short."""


def load_torch() -> None:
    import torch

    torch.set_num_threads(2)
    torch.matmul(torch.randn(400, 400), torch.randn(400, 400))  # so that torch's team is there, with threads that spin


def address(array: np.ndarray | None) -> int:
    return 0 if array is None else array.ctypes.data


def passes(
    cell: tuple[str, str], lengths: list[int], hidden: int, kind: str, threads: int, inputs: int = 37
) -> list[np.ndarray]:
    """All results of a forward and a backward pass over random numbers, the same at every call."""
    rng, number, width = np.random.default_rng(0), cpu.cells()[cell].number, cpu.cells()[cell].width
    batch, steps = len(lengths), sum(lengths)
    columns = hidden * {1: 1, 3: 2, 4: 4 if cell[0] == "lstm" else 3}[width]

    def random(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) * shape[-1] ** -0.5).astype(KINDS[kind])

    def empty(*shape: int) -> np.ndarray:
        return np.empty(shape, KINDS[kind])

    given = {"lengths": np.array(lengths, np.int64), "x": random(steps, inputs)}
    given |= {"weight_ih": random(columns, inputs), "weight_hh": random(columns, hidden), "h0": random(batch, hidden)}
    given |= {"c0": random(batch, hidden) if cell[0] == "lstm" else None}
    output, lstm = empty(steps, hidden), cell[0] == "lstm"
    kept = {"gates": output if width == 1 else empty(steps, width * hidden), "output": output}
    kept |= {"cells": empty(steps, hidden) if lstm else None}
    last = {"h_n": empty(batch, hidden), "c_n": empty(batch, hidden) if lstm else None}
    biases = {"bias_ih": random(columns), "bias_hh": random(columns)}
    sizes = {"cell": number, "threads": threads, "batch": batch, "hidden": hidden, "inputs": inputs, "reverse": False}
    arrays = given | biases | kept | last
    forward = getattr(cpu.extension(), f"forward_{kind}")
    forward(**sizes, inside=False, **{name: address(array) for name, array in arrays.items()})

    above = {"d_output": random(steps, hidden), "d_h_n": random(batch, hidden), "d_c_n": None}
    like = {name: array for name, array in (given | biases).items() if name != "lengths" and array is not None}
    wanted = {"d_c0": None} | {f"d_{name}": np.empty_like(array) for name, array in like.items()}
    wanted |= {"d_gates": empty(steps, width * hidden), "d_h": empty(steps, hidden), "d_c": None}
    backward = getattr(cpu.extension(), f"backward_{kind}")
    backward(**sizes, **{name: address(array) for name, array in (given | kept | above | wanted).items()})
    return [array for array in (*kept.values(), *last.values(), *wanted.values()) if array is not None]


def digest(threads: int) -> str:
    """Of batches that are dealt to the threads and of sequences whose steps they share."""
    found = hashlib.sha256()
    for kind in KINDS:
        for cell in (("lstm", "tanh"), ("gru", "tanh"), ("rnn", "relu"), ("mgu", "tanh")):
            for lengths, hidden in (([9, 0, 4, 1, 63, 2, 5], 67), ([63], 300), ([5, 31], 211), ([130, *range(9)], 40)):
                for array in passes(cell, lengths, hidden, kind, threads):
                    found.update(array.tobytes())
    return found.hexdigest()


def short_of_memory(threads: int) -> str:
    """What becomes of a pass whose arrays memory has room for, but not for what each of its threads needs beside them:
    68 times the inputs, as the products over all steps take sixteen rows at a time and their sums."""
    import resource

    with open("/proc/self/statm") as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (taken + ROOM, most))
    try:
        passes(("rnn", "relu"), [1, 1, 1], 1, "float32", threads, inputs=ROOM // 160)
        return "no error"
    except MemoryError:
        return "MemoryError"
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def in_child(threads: int, generations: int) -> str:
    """What a forked process finds, and its own children after it."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        found = digest(threads)
        if generations > 1:
            found += " " + in_child(threads, generations - 1)
        os.write(write, found.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        found = pipe.read()
    os.waitpid(child, 0)
    return found


def main() -> None:
    threads, forks = int(sys.argv[2]), sys.argv[3:]
    if sys.argv[1] == "later":
        print(cpu.threads(), digest(threads))
    if sys.argv[1] != "alone":
        load_torch()
    print(cpu.threads())
    if forks == ["short"]:  # before other passes, of which a busy machine may leave none its threads for a while
        print(short_of_memory(threads))
    print(digest(threads))
    if forks == ["forks"]:
        print(in_child(threads, 2))
    if forks == ["busy"]:
        stop = threading.Event()

        def keep_busy() -> None:
            while not stop.is_set():
                passes(("lstm", "tanh"), [63] * 5, 100, "float32", threads)

        other = threading.Thread(target=keep_busy)
        other.start()
        print(" ".join(in_child(threads, 1) for _ in range(3)))
        stop.set()
        other.join()


if __name__ == "__main__":
    main()
