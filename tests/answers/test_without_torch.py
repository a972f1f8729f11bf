"""What answers needs no torch: in a process that has none, networks of other makers predict, are measured and write."""

from __future__ import annotations

import json
import subprocess
import sys

WITHOUT_TORCH = """
import json, sys
sys.modules["torch"] = None

import numpy as np

from elman import answers
from elman.answers import Parts
from elman.decoding.networks import Decoding
from elman.sequences import Sequences
from elman.settings import Settings

TEXTS = ["a b c", "b", "c a", ""]
SETTINGS = Settings().with_changes({"level": "words", "max_length": 3})


class Undecided:
    '''Finds everything equally likely, of so many choices.'''

    chain = None

    def __init__(self, size, each_step):
        self.size, self.each_step = size, each_step

    def _zeros(self, steps):
        return np.zeros((steps, self.size), np.float32)

    def scores(self, batch):
        if self.each_step:
            return batch.ids.with_values(self._zeros(len(batch.ids.values)))
        return self._zeros(len(batch.ids))

    def read_on(self, batch, state):
        return self.scores(batch), state

    def stepper(self):
        return self.read_on

    def read(self, batch):
        count = len(batch.ids) if hasattr(batch, "ids") else len(batch)
        return count, Decoding((np.zeros((1, count, 1), np.float32),))

    def write(self, source, tokens, state):
        assert len(tokens) == source
        return self._zeros(len(state)) - np.log(self.size), state, None


def parts_of(task, inputs, outputs, each_step=False):
    input, output = task.columns(SETTINGS)
    input.fit(inputs)
    if output is not input:
        output.fit(outputs)
    size = len(getattr(output, "classes", None) or getattr(output, "vocabulary", "?"))
    return Parts(input, output, SETTINGS, Undecided(size, each_step))


found = {}
for name, input, outputs in [
    ("classification", "text", ["x", "y", "x", "y"]),
    ("multilabel", "text", [["x"], ["x", "y"], [], ["y"]]),
    ("regression", "text", [1.0, 2.0, 3.0, 4.0]),
    ("translation", "text", TEXTS),
]:
    task = answers.find(name, input)
    parts = parts_of(task, TEXTS, outputs)
    found[name] = len(task.predict(parts, TEXTS))
    assert len(task.measured(parts, TEXTS, outputs).predictions) == found[name]

words = [text.split() for text in TEXTS]
task = answers.find("tagging", "text")
parts = parts_of(task, words, words, each_step=True)
found["tagging"] = [len(answer.value) for answer in task.predict(parts, words)]
task = answers.find("next-word", "text")
parts = parts_of(task, TEXTS, TEXTS, each_step=True)
found["suggest"] = len(task.suggest(parts, "a b ", count=2))
found["generate"] = len(task.generate(parts, start="a", length=5, generator=np.random.default_rng(0)).split())
found["nats"] = sum(map(len, task.nats(parts, TEXTS)))
task = answers.find("generation", "label")
labels = ["x", "y", "x", "y"]
parts = parts_of(task, labels, TEXTS)
found["invention"] = len(task.measured(parts, labels, TEXTS).predictions)
task.generate(parts, "x", start="", length=5, generator=np.random.default_rng(0))
assert sys.modules["torch"] is None
print(json.dumps(found))
"""


def test_answers_are_given_where_there_is_no_torch():
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["tagging"] == [3, 1, 2, 0] and found["suggest"] == 2
    assert all(found[name] == 4 for name in ("classification", "multilabel", "regression", "translation", "invention"))
