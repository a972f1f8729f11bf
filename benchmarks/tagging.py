"""Words tagged per second: Elman's tagger of parts of speech as it is loaded, beside spaCy's.

    python benchmarks/tagging.py --data ../shared/data

Both tag the same sentences of the test part, whose words are given, in turns; medians. How fast they are doesn't depend
on how well they learned: Elman's network has its default size and is trained for one epoch, spaCy's (`tagger`, with
its default vectors of words) isn't trained. Needs ``pip install spacy``. Nothing else should run on the machine.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import spacy
from applications import APPLICATIONS
from spacy.tokens import Doc

import elman
from elman.data.readers import read

TIMES = 5


def elmans(given: dict[str, list[Path]], sentences: list[list[str]]) -> Callable[[], None]:
    """Trained, saved and loaded."""
    model = elman.fit(**{part: given[part] for part in ("data", "valid")}, epochs=1)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "tagger")
        loaded = elman.load(Path(folder) / "tagger")
    return lambda: loaded.predict(sentences)


def spacys(tags: set[str], sentences: list[list[str]]) -> Callable[[], None]:
    pipeline = spacy.blank("en")
    tagger = pipeline.add_pipe("tagger")
    for tag in sorted(tags):
        tagger.add_label(tag)
    pipeline.initialize()

    def run() -> None:
        docs = (Doc(pipeline.vocab, words=sentence) for sentence in sentences)
        for doc in pipeline.pipe(docs):
            _ = [token.tag_ for token in doc]

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    given = APPLICATIONS["upos"].data(parser.parse_args().data)
    sentences, tags = (read(given["test"]).columns[name] for name in ("form", "upos"))
    words = sum(map(len, sentences))
    ways = {"Elman": elmans(given, sentences), "spaCy": spacys({tag for cell in tags for tag in cell}, sentences)}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(TIMES):
        for name, run in ways.items():
            began = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - began)
    print(f"{words:,} words in {len(sentences):,} sentences\n\n| tagger | words per second |\n|---|---|")
    for name, taken in seconds.items():
        print(f"| {name} | {words / statistics.median(taken):,.0f} |")


if __name__ == "__main__":
    main()
