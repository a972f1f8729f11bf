"""What models are worth: every application on its data, with default settings and a budget in minutes.

    python benchmarks/applications.py --data ../shared/data                 # all
    python benchmarks/applications.py --data ../shared/data sms sst2        # some

Prints a table and writes ``benchmarks/results/applications.json``: for each application the metric on its test
part with its 95 % interval, the baselines trained in the same run, and the figure to reach. No choice was made on
a test part. Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "applications.json"


@dataclass(frozen=True)
class Application:
    """One row of the table: how its data are read, how long it may train, and what it must reach."""

    data: Callable[[Path], dict[str, Any]]  # arguments of ``elman.fit`` that name the data
    minutes: float
    must: dict[str, tuple[str, float]]  # metric -> (">=" or "<=", figure)
    options: dict[str, Any] = field(default_factory=dict)
    apart: Callable[[Path], Any] | None = None  # rows that are measured apart, and needn't reach anything
    beat: tuple[str, ...] = ()  # metrics that must lie beyond the interval of every baseline
    better: tuple[str, ...] = ()  # metrics that must be better than every baseline's


def parts(train: list[str], valid: list[str] | None, test: list[str]) -> Callable[[Path], dict[str, Any]]:
    """Files that come in parts."""

    def arguments(root: Path) -> dict[str, Any]:
        named = {"data": train, "valid": valid, "test": test}
        return {name: [root / file for file in files] for name, files in named.items() if files}

    return arguments


def surnames(root: Path) -> dict[str, Any]:
    """Each name of a language once; a fifth of the names held out, none on both sides."""
    from elman.data.readers import read
    from elman.data.splits import split

    table = read([root / "surnames"])
    first = {pair: row for row, pair in reversed(list(enumerate(zip(*table.columns.values(), strict=True))))}
    distinct = table.select(sorted(first.values()))
    held = split(distinct, inputs=("text",), output="label", seed=0, fractions=(0.7, 0.1, 0.2))
    return {"data": held.train, "valid": held.valid, "test": held.test}


def wikitext(root: Path) -> dict[str, Any]:
    """Train on the validation file, measure on the first half of the test file."""
    from elman.data.readers import read

    test = read([root / "wikitext2_small/wiki.test.tokens"])
    return {"data": root / "wikitext2_small/wiki.valid.tokens", "test": test.select(range(len(test) // 2))}


def captions(root: Path) -> dict[str, Any]:
    """The test part has the pictures whose name can be put together from names that were learned."""
    table = emoji(root)
    named = [row for row in rows_of(table, "test") if "skin tone" in table.columns["caption"][row]]
    parts = {"data": rows_of(table, "train"), "valid": rows_of(table, "valid"), "test": named}
    return {name: table.select(rows) for name, rows in parts.items()}


def unlearnable(root: Path) -> Any:
    """The other test pictures, most of them with a name that no training picture has."""
    table = emoji(root)
    return table.select([row for row in rows_of(table, "test") if "skin tone" not in table.columns["caption"][row]])


def emoji(root: Path) -> Any:
    from elman.data.readers import read

    return read([root / "emoji_captions"])


def rows_of(table: Any, part: str) -> list[int]:
    return [row for row, of in enumerate(table.columns["split"]) if of == part]


def clips(root: Path) -> dict[str, Any]:
    """The sample of moving shapes, made anew; no combination of colour, shape and moves stands in two parts."""
    from elman import samples

    folder = Path(tempfile.mkdtemp(prefix="clips-")) / "clips"
    samples.write("clips", folder)
    return {"data": folder}


def digits(root: Path) -> dict[str, Any]:
    """The official split: the recordings 0 to 4 of each digit and speaker are the test part."""
    table = read_digits(root)
    number = list(map(int, table.columns["part_3"]))
    return {
        "data": table.select([row for row, n in enumerate(number) if n > 4]),
        "test": table.select([row for row, n in enumerate(number) if n <= 4]),
    }


def without(speaker: str) -> Callable[[Path], dict[str, Any]]:
    """Digits of the other speakers; this one's are the test part."""

    def arguments(root: Path) -> dict[str, Any]:
        table = read_digits(root)
        by = table.columns["part_2"]
        return {
            "data": table.select([row for row, name in enumerate(by) if name != speaker]),
            "test": table.select([row for row, name in enumerate(by) if name == speaker]),
        }

    return arguments


def series(file: str, train: int, test: int, valid: int = 0) -> Callable[[Path], dict[str, Any]]:
    """So many rows of a series to train on, then to validate on, then to test on; later parts keep what was before."""

    def arguments(root: Path) -> dict[str, Any]:
        from elman.data.readers import read
        from elman.data.splits import FORECAST_FROM

        table = read([root / "timeseries" / file])
        named = {"data": table.select(range(train))}
        for name, start, count in (("valid", train, valid), ("test", train + valid, test)):
            if count:
                named[name] = table.select(range(start + count))
                named[name].columns[FORECAST_FROM] = [start] * (start + count)
        return named

    return arguments


def abstracts(output: str) -> Callable[[Path], dict[str, Any]]:
    """Abstracts of papers, as lists of sentences, with their titles or what they say in short, each in a row."""

    def arguments(root: Path) -> dict[str, Any]:
        return {name: part(root / f"scitldr/{file}.jsonl.gz") for name, file in files.items()}

    def part(path: Path) -> dict[str, list[Any]]:
        from elman.data.readers import read

        table = read([path])
        several = [cell if isinstance(cell, list) else [cell] for cell in table.columns[output]]
        pairs = [(s, one) for s, texts in zip(table.columns["source"], several, strict=True) for one in texts]
        return {"source": [source for source, _ in pairs], output: [text for _, text in pairs]}

    files = {"data": "train", "valid": "dev", "test": "test"}
    return arguments


def joined(root: Path) -> dict[str, Any]:
    """Several digits in one recording, made anew."""
    from joined_digits import write  # beside this file

    return {"data": write(root / "fsdd", Path(tempfile.mkdtemp(prefix="joined-")))}


def read_digits(root: Path) -> Any:
    from elman.data.readers import read

    return read([root / "fsdd"])


def kneser_ney(root: Path, vocabulary: set[str]) -> float:
    """The peer: perplexity of an interpolated Kneser-Ney 3-gram model with the same vocabulary, trained on the
    whole file, of which Elman holds a tenth out for validation."""
    from kneser_ney import wikitext_perplexity  # the benchmark beside this one

    return wikitext_perplexity(root / "wikitext2_small", vocabulary)


def kneser_ney_of_melodies(root: Path, kind: Any) -> float:
    """The peer: nats per pitch of a Kneser-Ney 4-gram model on the same tunes, the better of two ways to read them.

    Pitches by their own names, in the keys of the training part or in all twelve; the end of a tune counts as one.
    """
    from kneser_ney import KneserNey

    def pitches(part: str, keys: range) -> list[str]:
        tunes = kind.encode(sorted(map(str, (root / "jsb_chorales/midi" / part).glob("*.mid"))))
        written = (kind.written(kind.transposed(tune, by)).split() for by in keys for tune in tunes)
        return [token for tokens in written for token in (*tokens[::2], "end")]

    test = pitches("test", range(1))
    return min(KneserNey(4).fit(pitches("train", keys)).nats_per_token(test) for keys in (range(1), range(-6, 6)))


EWT, WNUT, M30K = "ud_english_ewt/en_ewt-ud-", "wnut17/", "multi30k_en_de/"
APPLICATIONS = {
    "sms": Application(
        parts(["sms_spam/train.csv"], None, ["sms_spam/test.csv"]),
        1,
        {"accuracy": (">=", 0.991), "f1_spam": (">=", 0.965)},
    ),
    "sst2": Application(parts(["sst2/train.tsv"], ["sst2/dev.tsv"], ["sst2/test.tsv"]), 4, {"accuracy": (">=", 0.82)}),
    "surnames": Application(surnames, 3, {"accuracy": (">=", 0.83)}),
    "upos": Application(
        parts([f"{EWT}train.conllu.gz"], [f"{EWT}dev.conllu"], [f"{EWT}test.conllu"]),
        10,
        {"tag_accuracy": (">=", 0.957)},
    ),
    "wnut17": Application(
        parts([f"{WNUT}wnut17train.conll"], [f"{WNUT}emerging.dev.conll"], [f"{WNUT}emerging.test.annotated"]),
        6,
        {"span_f1": (">=", 0.22)},
    ),
    "g2p": Application(
        parts(["cmudict/g2p_train.tsv"], ["cmudict/g2p_valid.tsv"], ["cmudict/g2p_test.tsv"]),
        15,
        {"exact_match": (">=", 0.60), "edit_distance": ("<=", 0.115)},
    ),
    "multi30k": Application(
        parts(
            [f"{M30K}train.en", f"{M30K}train.de"],
            [f"{M30K}val.en", f"{M30K}val.de"],
            [f"{M30K}test_2016_flickr.en", f"{M30K}test_2016_flickr.de"],
        ),
        30,
        {"bleu": (">=", 34.0)},
        {"input": "en", "output": "de"},
    ),
    "shakespeare": Application(
        lambda root: {"data": root / "tiny_shakespeare/input.txt"}, 15, {"nats_per_token": ("<=", 1.58)}
    ),
    "wikitext2": Application(wikitext, 10, {"perplexity": ("<=", 0.0)}),
    **{
        f"scitldr_{name}": Application(
            abstracts(column), 15, {}, {"input": "source", "output": column}, beat=("rouge1", "rouge2", "rougeL")
        )
        for name, column in (("tldr", "target"), ("title", "title"))
    },
    "fashion": Application(lambda root: {"data": root / "fashion_mnist_png"}, 3, {"accuracy": (">=", 0.85)}),
    "fashion_rows": Application(
        lambda root: {"data": root / "fashion_mnist_png"}, 3, {"accuracy": (">=", 0.0)}, {"picture_rows": True}
    ),
    "captions": Application(captions, 8, {"exact_match": (">=", 0.80)}, apart=unlearnable),
    "clips": Application(clips, 6, {"exact_match": (">=", 0.95)}),
    "digits": Application(digits, 4, {"accuracy": (">=", 0.99)}, {"output": "label"}),
    "transcription": Application(joined, 10, {"wer": ("<=", 0.05)}),
    **{
        f"digits_{speaker}": Application(without(speaker), 4, {"accuracy": (">=", 0.0)}, {"output": "label"})
        for speaker in ("jackson", "nicolas", "theo", "yweweler")
    },
    "japanese_vowels": Application(
        parts(["japanese_vowels/JapaneseVowels_TRAIN.ts"], None, ["japanese_vowels/JapaneseVowels_TEST.ts"]),
        1,
        {"accuracy": (">=", 0.98)},
    ),
    "gesture_phase": Application(
        parts(
            [f"gesture_phase/{video}_raw.csv" for video in ("a1", "a2", "b1")],
            ["gesture_phase/b3_raw.csv"],
            ["gesture_phase/a3_raw.csv"],
        ),
        4,
        {},
        beat=("tag_f1",),
    ),
    "etth1": Application(
        series("ETTh1.csv", 8_640, 2_880, 2_880),
        10,
        {"std_mse": ("<=", 0.372)},
        {"horizon": 96, "context": 96},
    ),
    "airline": Application(series("airline-passengers.csv", 120, 24), 1, {}, {"horizon": 24}, better=("mase",)),
    "sunspots": Application(series("monthly-sunspots.csv", 2_700, 120), 1, {}, {"horizon": 120}, better=("mase",)),
    "temperatures": Application(
        series("daily-min-temperatures.csv", 3_285, 365), 1, {}, {"horizon": 365}, better=("mase",)
    ),
    "chorales": Application(
        lambda root: {"data": root / "jsb_chorales/jsb-chorales-quarter.json"}, 8, {"nats_per_step": ("<=", 8.6)}
    ),
    "melody": Application(
        lambda root: {"data": root / "jsb_chorales/midi"}, 4, {"nats_per_pitch": ("<=", 0.0)}, {"voice": "soprano"}
    ),
    "exchange_rate": Application(lambda root: {"data": root / "timeseries/exchange_rate.txt.gz"}, 3, {}),
}


def run(name: str, root: Path) -> dict[str, Any]:
    """Train one application and measure it on its test part."""
    import torch

    import elman

    application = APPLICATIONS[name]
    began = time.monotonic()
    model = elman.fit(**application.data(root), minutes=application.minutes, **application.options)
    assert model.report is not None
    must = dict(application.must)
    if name == "wikitext2":
        must = {"perplexity": ("<=", kneser_ney(root, set(model.parts.input.vocabulary.tokens)))}
    if name == "melody":
        must = {"nats_per_pitch": ("<=", kneser_ney_of_melodies(root, model.parts.input))}
    apart = model.evaluate(application.apart(root)).to_json()["metrics"] if application.apart else None
    must |= {name: beyond_baselines(name, model.report, "high", "low") for name in application.beat}
    must |= {name: beyond_baselines(name, model.report, "value", "value") for name in application.better}
    return {
        "minutes": application.minutes,
        "threads": torch.get_num_threads(),
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs",
        "training_seconds": round(model.about["seconds"], 1),
        "all_seconds": round(time.monotonic() - began, 1),
        "must": must,
        "apart": apart,
        "report": {key: value for key, value in model.report.to_json().items() if key not in ("worst", "confusion")},
        "settings": model.parts.settings.to_json(model.task.uses(model.parts.settings)),
        "history": model.about["history"],
    }


def beyond_baselines(name: str, report: Any, highest: str, lowest: str) -> tuple[str, float]:
    """What a metric must be beyond: of all baselines the highest or the lowest value, or end of an interval."""
    from elman.scoring import metric

    figures = [baseline.metrics[name] for baseline in report.baselines]
    if metric(name).higher_is_better:
        return ">=", max(figure[highest] for figure in figures)
    return "<=", min(figure[lowest] for figure in figures)


def row(name: str, result: dict[str, Any]) -> str:
    """One line per metric that has a figure to reach."""
    lines = []
    for metric, (sign, figure) in result["must"].items():
        got = result["report"]["metrics"][metric]
        must, reached = asked(got["value"], sign, figure)
        others = ", ".join(
            f"{label} {values[metric]['value']:.4g}"
            for label, values in result["report"]["baselines"].items()
            if metric in values
        )
        lines.append(
            f"{name:12} {metric:15} {got['value']:8.4f}  [{got['low']:.4f}, {got['high']:.4f}]  {must:11} "
            f"{reached:8} {result['training_seconds']:6.0f} s   {others}"
        )
        if result["apart"]:
            lines.append(f"{'  apart':12} {metric:15} {result['apart'][metric]['value']:8.4f}")
    if not result["must"]:  # what counts is what the report says
        lines = [f"{name:12} the model is {verdict}" for verdict in result["report"]["verdicts"]]
    return "\n".join(lines)


def asked(value: float, sign: str, figure: float) -> tuple[str, str]:
    """What was to be reached, and whether it was; nothing where a figure is only reported (at least 0)."""
    if (sign, figure) == (">=", 0):
        return "", ""
    return f"{sign} {figure:.4g}", "reached" if (value >= figure if sign == ">=" else value <= figure) else "missed"


def table(results: dict[str, Any]) -> str:
    """Results as a Markdown table."""
    lines = [
        "| application | metric | test part, 95 % interval | to reach | | order-free or trivial baseline "
        "| training | threads |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, result in results.items():
        for metric, (sign, figure) in result["must"].items():
            got = result["report"]["metrics"][metric]
            must, reached = asked(got["value"], sign, figure)
            label, other = list(result["report"]["baselines"].items())[-1]
            lines.append(
                f"| {name} | {metric} | {got['value']:.4g} [{got['low']:.4g}, {got['high']:.4g}] "
                f"| {must} | {reached} | {label} {other[metric]['value']:.4g} "
                f"| {result['training_seconds']:.0f} s of {60 * result['minutes']:.0f} s | {result['threads']} |"
            )
    return "\n".join(lines)


def keep(name: str, result: dict[str, Any]) -> None:
    """Put a result beside those of earlier runs."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results[name] = result
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*APPLICATIONS, []], default=[])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--table", action="store_true", help="print the results of earlier runs as Markdown")
    arguments = parser.parse_args()
    if arguments.table:
        print(table(json.loads(RESULTS.read_text())))
        return
    for name in arguments.names or APPLICATIONS:
        result = run(name, arguments.data)
        keep(name, result)
        print(row(name, result), flush=True)


if __name__ == "__main__":
    main()
