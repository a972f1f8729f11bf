# pyright: strict
"""All settings, by the part of a run that they belong to: each with its default, its limits and what it does.

Types stand here as such and not as texts, which take long to evaluate; ``Settings`` alone is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from elman import cells
from elman.settings.setting import setting, share

POOLS = ("last", "mean", "max", "inputs", "attention")


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Network:
    """The network"""

    cell: str = setting("lstm", "the recurrent cell", among=lambda: cells.CELLS)
    hidden_size: int = setting(128, "units of each layer and direction", least=1)
    num_layers: int = setting(1, "layers, one on the other", least=1, most=100)
    bidirectional: bool = setting(True, "whether inputs are read backwards too")
    causal: bool = setting(False, "whether nothing needs the whole sequence, so that it can come step by step")
    embedding_size: int = setting(100, "features of an element before the first layer", least=1)
    pooling: str = setting(
        "last", "how a sequence becomes one vector; several stand side by side", among=lambda: POOLS, joined="+"
    )
    attention: Literal["none", "dot", "additive"] = setting("dot", "how a decoder looks back at its source")
    copy: bool = setting(False, "whether a decoder may copy tokens of its source; the two then share one vocabulary")
    feed: Literal["back", "repeat"] = setting("back", "what a decoder reads: what it wrote last, or the context again")
    crf: bool = setting(False, "whether tags are chosen together, by a linear-chain CRF")
    tied: bool = setting(True, "whether output and input embeddings are the same weights (Press & Wolf 2017)")
    negatives: int = setting(0, "classes drawn to train a large softmax on, beside the batch's targets; 0: all")
    dropout: float = share(0.3, "share of features left out between layers, by one mask per sequence")
    weight_dropout: float = share(0.0, "share of recurrent weights left out (Merity et al. 2018)")
    members: int = setting(1, "networks that are trained side by side, whose mean is the answer", least=1, most=100)


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Training:
    """Training"""

    epochs: int = setting(0, "passes over the data, at most; 0: chosen by their size, or by the minutes")
    minutes: float = setting(0.0, "minutes of training, at most; 0: as long as the epochs take")
    seed: int = setting(0, "the same seed gives the same model")
    optimizer: Literal["adamw", "adam", "sgd"] = setting("adamw", "the algorithm that changes the weights")
    learning_rate: float = setting(2e-3, "size of a step, at its largest")
    warmup: float = share(0.05, "share of the run in which the learning rate rises")
    weight_decay: float = setting(0.01, "how strongly weights are pulled to zero")
    clip: float = setting(1.0, "a longer gradient is scaled down to this length; 0 turns clipping off")
    average: float = share(0.99, "decay of the average of the weights, which is what is kept; 0 turns averaging off")
    batch_tokens: int = setting(2_000, "elements in a batch", least=1)
    bptt: int = setting(100, "steps that gradients go back in running text and long sequences of vectors", least=1)
    streams: int = setting(32, "places in running text that are read side by side", least=1)
    teacher_forcing: float = setting(1.0, "share of right inputs that a decoder's schedule ends with", most=1)
    label_smoothing: float = share(0.0, "share of the target's probability that goes to all classes alike")
    patience: int = setting(10, "evaluations without a better score before training stops; 0 never stops early")
    refit: bool = setting(False, "whether to train anew on training and validation parts, for the best epochs")
    augmentation: float = setting(
        1.0, "how strongly pictures, sounds and convolved vectors are varied, and whether tunes are; 0: not"
    )
    recipe: str = setting("", "the candidate that answers, by its name; empty: the one that validation chooses")
    folds: int = setting(
        0, "folds of training and validation rows that choose between recipes, and weigh them; 0: the network answers"
    )
    keep: Literal["best", "last"] = setting("best", "which weights are kept: the best by validation, or the last")
    class_weight: Literal["none", "balanced"] = setting(
        "none", "how much rows of each class count: alike, or so that all classes count alike"
    )
    rare_class: bool = setting(
        True, "whether of two classes a rare one is answered from that probability on which is best for its F1"
    )


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Text:
    """Text"""

    level: Literal["auto", "words", "tokens", "characters", "subwords"] = setting("auto", "what elements text has")
    lowercase: bool = setting(False, "whether case is ignored")
    vocabulary_size: int = setting(30_000, "different elements at most", least=1)
    min_count: int = setting(1, "how often an element must occur in the training part; rarer ones become <unk>")
    word_dropout: float = share(0.0, "share of elements replaced by <unk>, so that its vector is learned")
    embedding_dropout: float = share(0.1, "share of elements left out whole")
    pieces: int = setting(0, "buckets of hashed character n-grams that words are seen by too; 0: none")
    piece_size: int = setting(0, "features that n-grams add beside a word's; 0: they are added to the word's")
    piece_dropout: float = share(0.0, "share of words whose n-grams are left out, all at once")
    characters: bool = setting(False, "whether words are read by their characters too, by a network of their own")
    character_size: int = setting(25, "features of a character, and units of the network that reads them", least=1)
    vectors: str = setting("", "a file of word vectors that were learned elsewhere; empty: none")
    pretrained: Literal["kept", "tuned", "mixed"] = setting(
        "kept", "whether these stay as they are, begin the words' own, or are mixed with learned ones by a gate"
    )
    unlabelled_epochs: int = setting(8, "passes over unlabelled and labelled texts before labels are learned", least=1)
    ngrams: bool = setting(False, "whether a linear model on n-grams predicts together with the network")
    window: int = setting(0, "words at the beginning that a feed-forward network classifies by; 0: all, recurrently")
    extracts: float = share(0.0, "share of training summaries that are the stretch of the source most like them")


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Vectors:
    """Sequences of vectors"""

    centred: bool = setting(False, "whether the mean of each sequence is subtracted from it")
    differences: bool = setting(False, "whether each vector is given with its change since the step before")
    scaled: bool = setting(False, "whether each sequence is given over its own mean and spread, with these beside it")
    noise: float = setting(0.0, "standard deviation of noise in training, in those of the columns")
    convolutions: int = setting(
        0, "convolutions before the recurrence, each of which keeps every other step; 0: none", most=8
    )
    kernel: Literal[3, 5, 7, 9, 11, 13, 15] = setting(9, "steps that a convolution sees at once")


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Pictures:
    """Pictures and clips"""

    picture_rows: bool = setting(False, "whether a picture is a sequence of its rows, for a recurrent network")
    picture_size: int = setting(0, "pixels of the longer side; 0: as the training pictures, 64 at most")
    filters: int = setting(
        32, "filters of the first convolution; later ones have twice and four times as many", least=1
    )


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Sound:
    """Sound"""

    mels: int = setting(40, "bands of frequency", least=1)
    subsampling: Literal[1, 2, 4] = setting(2, "frames of 10 ms that become one step")
    whole_recordings: bool = setting(
        True, "whether a recording's loudness is taken off and its frames are convolved; it must be there as a whole"
    )


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Music:
    """Music"""

    notes: Literal["chords", "melody"] = setting("chords", "tunes are chords on a grid of time, or one voice")
    grid: int = setting(0, "steps of a quarter note; 0: the fewest that the training part fits")
    voice: str = setting("", "the track of this name alone, or the voice at this place in the lists; empty: all")


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Series:
    """Series"""

    horizon: int = setting(0, "steps to forecast; 0: chosen by season and length")
    context: int = setting(0, "steps of the past that a forecast is made from; 0: chosen by horizon and season")
    season: int = setting(0, "steps after which a series repeats itself; 0: found in the training part, 1: it doesn't")
    segment: int = setting(0, "steps that are read, and forecast, as one step of recurrence; 0: chosen by context")
    decoding: Literal["direct", "parallel", "recurrent"] = setting(
        "parallel", "a horizon comes all at once, or by segments, each alone or one after another"
    )
    quantiles: Sequence[float] = setting((0.1, 0.9), "quantiles that are forecast beside the median")
    base: Literal["season", "last", "both"] = setting(
        "season", "what forecasts are added to: the last season, the last value, or by turns of the members both"
    )
    false_alarms: str = setting("", "alarms on normal data, per steps or time, such as 1/day; empty: 1/10000steps")
    hindsight: bool = setting(
        False, "whether a step is judged by what comes after it, too, so that its whole sequence must be there"
    )


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Decoding:
    """Decoding"""

    beam_size: int = setting(5, "hypotheses that beam search keeps", least=1, most=1_000)
    max_length: int = setting(200, "elements of an output at most", least=1, most=100_000)
    length_penalty: float = setting(1.0, "scores are divided by length to this power")
