"""Predictions of the model in this folder, by numpy and onnxruntime alone (and sentencepiece, where it reads subwords).

    python predict.py "a text" "another one"
    python predict.py "0.5,1.2 0.7,1.1 0.2,0.9"       a sequence of vectors: steps and, in them, numbers
    python predict.py "5.7,3.3,6.0,4.2"               a row: the values of its columns

In a program: ``predictions(["a text", "another one"])``; a row is a list, and a sequence of vectors a list of lists.

It may be used, changed and passed on by anyone, for any purpose, without conditions.
"""

from __future__ import annotations

import base64
import json
import math
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

MODEL = Path(__file__).with_name("model.onnx")


def predictions(cells, path=MODEL):
    """An answer for each input: (class, probabilities), a number, a list of either for its elements, or of classes."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    about = {key: json.loads(text) for key, text in session.get_modelmeta().custom_metadata_map.items()}
    given, lengths = READERS[about["elman.input"]["kind"]](cells, about["elman.input"])
    wanted = {input.name: input.shape for input in session.get_inputs()}
    if "signal" in wanted:
        own = "signal.lengths" if "signal.lengths" in wanted else "lengths"  # beside a network, or alone
        given |= dict(zip(("signal", own), read_signals(cells, about["elman.signal"]), strict=True))
    if "ngrams" in wanted:
        arrays = dict(np.load(Path(path).with_name("arrays.npz")))
        own = "ngrams.lengths" if "ngrams.lengths" in wanted else "lengths"
        given |= dict(
            zip(("ngrams", "ngrams.weights", own), read_ngrams(cells, about["elman.ngrams"], arrays), strict=True)
        )
    for name in {"h", "c"} & set(wanted):  # a state begins with zeros
        layers, _, size = wanted[name]
        given[name] = np.zeros((layers, len(cells), size), np.float32)
    fed = {name: array for name, array in given.items() if name in wanted}
    scores = np.asarray(session.run(["scores"], fed)[0])
    if scores.ndim == 2:
        return [answer(row, about) for row in scores]
    return [steps(row[:length], about) for row, length in zip(scores, lengths, strict=True)]


# -- what the network reads ---------------------------------------------------------------------------------


def read_vectors(cells, kind):
    sequences = [standardised(np.array(cell, np.float64), kind) for cell in cells]
    lengths = np.array([len(sequence) for sequence in sequences], np.int64)
    return {
        "input": padded(
            sequences, (len(kind["mean"]) * (3 if kind["scaled"] else 1) + len(kind["masked"]),), np.float32
        ),
        "lengths": lengths,
    }, lengths


def standardised(steps, kind):
    """Each column less its mean, in its standard deviations; a missing number is NaN, and becomes the mean."""
    steps = steps.reshape(len(steps), len(kind["mean"]))
    if kind["centred"] and len(steps):
        steps = steps - np.nan_to_num(steps).sum(0) / np.maximum((~np.isnan(steps)).sum(0), 1)
    scale = np.array([size or np.inf for size in kind["scale"]])
    missing = np.isnan(steps[:, np.array(kind["masked"], int)])
    numbers = (steps - kind["mean"]) / scale
    if kind["scaled"]:
        numbers = over_own_scale(numbers)
    return np.concatenate([np.nan_to_num(numbers), missing], axis=1)


def read_signals(cells, scale):
    """Sequences as patterns are looked for in them: each column less its mean, in its standard deviations."""
    columns, spread = len(scale["mean"]), np.array([size or np.inf for size in scale["scale"]])
    sequences = [(np.array(cell, np.float64).reshape(len(cell), columns) - scale["mean"]) / spread for cell in cells]
    lengths = np.array([len(sequence) for sequence in sequences], np.int64)
    return padded(list(map(np.nan_to_num, sequences)), (columns,), np.float32), lengths


def over_own_scale(steps):
    """Each column over its own mean and spread in this sequence, and beside it that mean and the spread's logarithm."""
    count = np.maximum((~np.isnan(steps)).sum(0), 1)
    mean = np.nan_to_num(steps).sum(0) / count
    spread = np.sqrt((np.nan_to_num(steps - mean) ** 2).sum(0) / count)
    scale = np.broadcast_to(np.concatenate([mean, np.log(spread + 0.01)]), (len(steps), 2 * len(mean)))
    return np.concatenate([(steps - mean) / np.where(spread > 1e-6, spread, np.inf), scale], axis=1)


def read_rows(cells, kind):
    numbers = [figures(cell, kind) for cell in cells]
    ids = [[id_of(cell[int(i)], tokens) for i, tokens in kind["categories"].items()] for cell in cells]
    return {"0": np.array(numbers, np.float32), "1": np.array(ids, np.int64)}, None


def figures(row, kind):
    """Standardised numbers, what dates come to, and where numbers and dates are missing."""
    numbers = [standard(row[int(i)], *scale) for i, scale in kind["numbers"].items()]
    dates = [figure for i, dates in kind["dates"].items() for figure in figures_of_date(row[int(i)], *dates)]
    return [*numbers, *dates, *(float(is_missing(row[i])) for i in kind["masked"])]


def standard(number, mean, scale):
    """A missing number becomes the mean."""
    return 0.0 if is_missing(number) else (float(number) - mean) / scale


def is_missing(value):
    return value is None or value == "" or value != value


def figures_of_date(date, mean, scale, cycles):
    """Days since 1970, standardised, and sine and cosine of each cycle."""
    if is_missing(date):
        return [0.0] * (1 + 2 * len(cycles))
    text = str(date)
    time = datetime.fromisoformat(text if len(text) > len("2020-12") else f"{text}-01").replace(tzinfo=None)
    through = {
        "year": (time.timetuple().tm_yday - 1) / 365.25,
        "week": time.weekday() / 7,
        "day": (time.hour * 3600 + time.minute * 60 + time.second) / 86_400,
    }
    around = [wave(2 * math.pi * through[cycle]) for cycle in cycles for wave in (math.sin, math.cos)]
    return [((time - datetime(1970, 1, 1)).total_seconds() / 86_400 - mean) / scale, *around]


def id_of(value, tokens):
    text = text_of(value)
    return tokens.index(text) if text in tokens else 0


def text_of(value):
    """A value as training read it: whole numbers have no decimals, and a missing one is empty."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def read_texts(cells, kind):
    ids = {token: i for i, token in enumerate(kind["tokens"])}
    texts = [split(text, kind) for text in cells]
    lengths = np.array([len(tokens) for tokens in texts], np.int64)
    found = [[ids.get(folded(token, kind), 0) for token in tokens] for tokens in texts]
    distinct = {token: i for i, token in enumerate(dict.fromkeys(token for tokens in texts for token in tokens))}
    words = list(distinct) or [""]
    letters = {letter: i for i, letter in enumerate(kind["alphabet"] or [])}
    spelled = [[letters.get(letter, 0) for letter in word] for word in words]
    pieces = [hashed(word, kind["pieces"]) for word in words] if kind["pieces"] else [[0]]
    return {
        "ids": padded(found, (), np.int64),
        "lengths": lengths,
        "spelling.index": padded([[distinct[token] for token in tokens] for tokens in texts], (), np.int64),
        "spelling.letters": padded(spelled, (), np.int64),
        "spelling.letters.lengths": np.array([len(word) for word in spelled], np.int64),
        "spelling.pieces": padded(pieces, (), np.int64),
        "spelling.pieces.lengths": np.array([len(own) for own in pieces], np.int64),
    }, lengths


def read_ngrams(cells, orders, arrays):
    """Of each text the n-grams that training kept, of words and of characters, and how much each weighs (TF-IDF)."""
    kept = {name: {own: i for i, own in enumerate(arrays[f"{name}_hashes"].tolist())} for name in GRAMS}
    found, weights = [], []
    for cell in cells:
        ids, weighed, first = [], [], 0
        text = " ".join(map(str, cell)) if isinstance(cell, (list, tuple)) else text_of(cell)
        text = f" {' '.join(text.lower().split())} "
        for name, grams in GRAMS.items():
            counts = Counter(gram >> HASH_SHIFT for gram in grams(text, *orders[name]))
            own = {kept[name][gram]: count for gram, count in counts.items() if gram in kept[name]}
            times = [(1 + math.log(count)) * float(arrays[f"{name}_idf"][i]) for i, count in own.items()]
            ids += [first + i for i in own]
            weighed += [weight / math.hypot(*times) for weight in times]
            first += len(kept[name])
        found.append(ids)
        weights.append(np.array(weighed).reshape(-1, 1))
    lengths = np.array([len(ids) for ids in found], np.int64)
    return padded(found, (), np.int64), padded(weights, (1,), np.float32), lengths


def grams_of_words(text, lowest, highest):
    """A sign that is of no word is a word of its own."""
    words, word = [], ""
    for sign in text:  # which ends with a blank
        if unicodedata.category(sign)[0] in "LMN":
            word += sign
        else:
            words += [word] * bool(word) + [sign] * (sign != " ")
            word = ""
    single = list(map(hash_of, words))
    grams = single
    for n in range(1, highest + 1):
        if n > 1:
            grams = [mixed((gram * BASE + last) & ALL) for gram, last in zip(grams, single[n - 1 :], strict=False)]
        yield from grams if n >= lowest else []


def grams_of_characters(text, lowest, highest):
    """Those with a blank at most as first or last character."""
    for n in range(lowest, highest + 1):
        for start in range(len(text) - n + 1):
            gram = text[start : start + n]
            if " " not in gram[1:-1] and not gram.isspace():
                yield hash_of(gram)


GRAMS: dict[str, Callable[..., Any]] = {"words": grams_of_words, "characters": grams_of_characters}
BASE, ALL, HASH_SHIFT = 0x9E3779B97F4A7C15, 2**64 - 1, 20


def hash_of(gram):
    """The polynomial hash by which training knows it."""
    total = 0
    for sign in reversed(gram):
        total = (total * BASE + mixed(ord(sign) + 1)) & ALL
    return mixed(total)


def mixed(x):
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & ALL
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & ALL
    return x ^ (x >> 31)


def split(text, kind):
    """The tokens of a text; a list is of tokens already, unless blanks show that it is of sentences."""
    if isinstance(text, (list, tuple)):
        tokens = [str(token) for token in text]
        if not any(" " in token for token in tokens):
            return tokens
        text = " ".join(tokens)
    text = text_of(text)
    if kind["level"] == "words":
        return [match.group() for match in re.finditer(r"\w+(?:['’\-]\w+)*|(?P<sign>[^\w\s])(?P=sign)*", text)]
    if kind["level"] == "subwords":
        import sentencepiece

        model = base64.b64decode(kind["tokenizer"]["model"])
        return sentencepiece.SentencePieceProcessor(model_proto=model).encode(folded(text, kind), out_type=str)
    return list(text) if kind["level"] == "characters" else text.split()


def folded(text, kind):
    return text.lower() if kind["lowercase"] else text


def hashed(word, buckets):
    """The buckets of a word's character n-grams, of the word itself and of its shape, as in training."""
    marked = f"<{word.lower()}>"
    grams = {marked[i : i + n] for n in range(2, 6) for i in range(len(marked) - n + 1)}
    shape = re.sub(r"(.)\1+", r"\1", "".join(map(shape_of, word[:30])))
    return [crc32(g.encode("utf-8", "surrogatepass")) % buckets for g in (*sorted(grams), marked, "shape:" + shape)]


def shape_of(sign):
    if sign.isalpha():
        return "X" if sign.isupper() else "x"
    return "d" if sign.isdigit() else sign


def padded(sequences, shape, dtype):
    """Sequences as one array, with zeros past each end."""
    longest = max(map(len, sequences), default=0)
    array = np.zeros((len(sequences), longest, *shape), dtype)
    for row, sequence in zip(array, sequences, strict=True):
        row[: len(sequence)] = sequence
    return array


READERS: dict[str, Callable[..., Any]] = {"row": read_rows, "text": read_texts, "vector": read_vectors}


# -- what scores say ----------------------------------------------------------------------------------------


def answer(scores, about):
    """Of scores ``[K]``: the likeliest class and how likely each is; all that are likelier than not; or a number."""
    read_out, labels = about["elman.answer"], about["elman.answer"]["labels"]
    if read_out["function"] == "scores":
        return float(scores[0]) * read_out["scale"] + read_out["mean"]
    likely = softmax(scores) if read_out["function"] == "softmax" else 1 / (1 + np.exp(-scores))
    by_label = dict(zip(labels, likely.tolist(), strict=True))
    if read_out["function"] == "softmax":
        for rare, least in read_out["at_least"].items():
            return rare if by_label[rare] >= least else next(name for name in labels if name != rare), by_label
        return labels[int(likely.argmax())], by_label
    return [label for label, chance in by_label.items() if chance >= 0.5], by_label


def steps(scores, about):
    """Of scores ``[T, K]``: the tag of each step, or its number."""
    if about["elman.answer"]["function"] == "scores":
        return [answer(row, about) for row in scores]
    labels, chain = about["elman.answer"]["labels"], about["elman.chain"]
    return [labels[k] for k in (best_path(scores, chain) if chain else scores.argmax(1))]


def best_path(scores, chain):
    """The tags whose scores, and scores of following one another, have the highest sum (Viterbi 1967)."""
    transitions, came = np.array(chain["transitions"]), []
    best = np.array(chain["start"]) + scores[0] if len(scores) else np.zeros(0)
    for emitted in scores[1:]:
        onto = best[:, None] + transitions
        came.append(onto.argmax(0))
        best = onto.max(0) + emitted
    path = [int((best + chain["end"]).argmax())] if len(scores) else []
    for before in reversed(came):
        path.append(int(before[path[-1]]))
    return path[::-1]


def softmax(scores):
    grown = np.exp(scores - scores.max())
    return grown / grown.sum()


TYPED: dict[str, Callable[[str], Any]] = {
    "row": lambda text: text.split(","),
    "text": str,
    "vector": lambda text: [step.split(",") for step in text.split()],
}
"""From what is typed on the command line to a cell."""

if __name__ == "__main__":
    import onnxruntime

    about = onnxruntime.InferenceSession(str(MODEL)).get_modelmeta().custom_metadata_map
    read = TYPED[json.loads(about["elman.input"])["kind"]]
    for found in predictions([read(text) for text in sys.argv[1:]]):
        print(found)
