"""One label, of a few classes."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from elman.answers.base import MOST_SCORES, Measured, Parts, Prediction, joined
from elman.answers.value import ValueAnswer
from elman.decoding.conformal import least_probability, rows_needed, sureness
from elman.decoding.probabilities import softmax
from elman.decoding.rare import Called, least_chance
from elman.errors import BundleError, TaskError
from elman.export.around import ReadOut
from elman.kinds import Kind, LabelKind
from elman.kinds.classes import LIKELIEST, ClassesKind, are_many
from elman.scoring.baselines import Majority
from elman.scoring.calibration import Coverage
from elman.scoring.evaluation import Evaluation
from elman.scoring.metrics import as_labels
from elman.scoring.order_free import OrderFree, OrderFreeLabel
from elman.settings import Settings
from elman.settings.used import reads

if TYPE_CHECKING:
    from elman.models.network import Network
    from elman.training.batches import RowBatches

CONFIDENCE = 0.95
"""Of the sets of labels that a report measures."""
ALIKE = "Rows of all classes count alike (class_weight=balanced), and probabilities are what they would be then."
OF_RARE = 4
"""Times as many rows as of other classes are folded where one is rare."""
MOST_NAMED = 20
"""Of more classes, F1 isn't given one by one."""

L = TypeVar("L", bound=ClassesKind)


class ClassesAnswer(ValueAnswer[L]):
    """One class or several, each with its probability."""

    tempered = True
    trivial = Majority

    def finish_alone(self, parts: Parts[Kind, L, Network], inputs: list[Any], targets: Any) -> None:
        """Make the network as sure as it is right in the validation part, by one temperature (Guo et al. 2017), which
        goes into its weights."""
        from elman.models.tensors import tensors_of
        from elman.scoring.weighing import Said, temperature_scale

        said = Said(self.scores(parts, inputs), tensors_of(targets), parts.module.head.loss)
        parts.scale = temperature_scale(said)
        parts.module.scale_scores(parts.scale)

    def answer_by(self, parts: Parts[Kind, L, Network], linear: OrderFree, weights: tuple[float, float]) -> None:
        """The weight of a network that answers alone is its temperature, which goes into its own weights."""
        super().answer_by(parts, linear, weights)
        scale = 1.0 if weights[1] else weights[0]
        parts.module.scale_scores(scale / parts.scale)
        parts.scale = scale

    def inherit(self, old: Parts[Kind, L, Network], new: Parts[Kind, L, Network]) -> None:
        super().inherit(old, new)
        new.scale = old.scale
        new.module.scale_scores(new.scale)

    def left_out(self, classes: int) -> list[str]:
        if not are_many(classes):
            return []
        return [
            f"of so many labels ({classes:,}) no linear model is tried beside the network, and answers name the "
            f"{LIKELIEST} likeliest"
        ]

    def baselines(self, parts: Parts[Kind, L, Network]) -> list[Any]:
        """Of many classes the trivial one alone, as a linear model has weights for each of them."""
        found = super().baselines(parts)
        return found[:1] if are_many(parts.output.outcomes) else found

    def measured(self, parts: Parts[Kind, L, Network], inputs: list[Any], outputs: list[Any]) -> Measured:
        cells, references = self.examples(parts, inputs, outputs)
        found, end = list[Measured](), 0
        for scores in self.scored(parts, inputs):
            some = slice(end, end := end + len(scores))
            found.append(self.measured_by(parts, scores, inputs[some], cells[some], list(references[some])))
        return joined(found)

    def measured_by(
        self,
        parts: Parts[Kind, L, Network],
        scores: NDArray[np.float32],
        inputs: list[Any],
        cells: Sequence[Any],
        references: list[Any],
    ) -> Measured:
        """``measured`` of rows whose scores these are, of which few numbers are kept for each."""
        chances = self.read_out(scores)
        answers = [self.prediction(parts.output, row) for row in chances]
        values = self.called(parts, answers)
        return Measured(
            values,
            references,
            list(cells),
            self.shown(parts, inputs, values, references),
            [surprise(parts.output, *pair) for pair in zip(chances, references, strict=True)],
            claims=self.claims(answers, references),
            coverage=self.coverage(parts, answers, references),
            deciding=self.deciding(parts),
            itself=self._itself(parts),
        )

    def deciding(self, parts: Parts[Kind, L, Network]) -> str:
        """By what answers are chosen, where it isn't that they are the likeliest."""
        return ""

    def coverage(
        self, parts: Parts[Kind, L, Network], answers: Sequence[Prediction], right: Sequence[Any]
    ) -> list[Coverage]:
        """How often sets of labels hold the right one; by default there are none."""
        return []

    @abstractmethod
    def claims(self, answers: Sequence[Prediction], right: Sequence[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Probabilities that were given, and whether what they are of was so."""


class LabelAnswer(ClassesAnswer[LabelKind]):
    """-> the likeliest class."""

    order_free = OrderFreeLabel

    def output(self) -> LabelKind:
        return LabelKind()

    @reads("rare_class")
    def columns(self, settings: Settings) -> tuple[Kind, LabelKind]:
        input, output = super().columns(settings)
        output.tells_rare = settings.rare_class
        return input, output

    def keep(self, parts: Parts[Kind, LabelKind, Network], scores: NDArray[np.float32], targets: Any) -> None:
        """How sure the model is of the right labels, which sets of labels go by; and from which probability on a rare
        class is answered."""
        output, probabilities = parts.output, self.read_out(scores)
        parts.sure = sureness(probabilities, targets)
        if output.rare is not None:
            place = output.ids[output.rare]
            weights = output.balanced() if parts.settings.class_weight == "balanced" else np.ones(2)
            times = float(weights[place] / weights[1 - place])
            output.least = least_chance(probabilities[:, place], targets == place, times)

    def inherit(self, old: Parts[Kind, LabelKind, Network], new: Parts[Kind, LabelKind, Network]) -> None:
        super().inherit(old, new)
        new.sure, new.output.least = old.sure, old.output.least

    def baselines(self, parts: Parts[Kind, LabelKind, Network]) -> list[Any]:
        """Linear models weigh classes, and call a rare one, as the network does."""
        found, output = super().baselines(parts), parts.output
        balanced = parts.settings.class_weight == "balanced"
        for linear in found:
            if isinstance(linear, OrderFreeLabel):
                linear.rare = output.rare
                linear.weights = (
                    dict(zip(output.classes, output.balanced().tolist(), strict=True)) if balanced else None
                )
        return found

    def most_folded(self, parts: Parts[Kind, LabelKind, Network]) -> int:
        """Of a rare class a validation part has few rows, however many there are."""
        return super().most_folded(parts) * (1 if parts.output.rare is None else OF_RARE)

    def deciding(self, parts: Parts[Kind, LabelKind, Network]) -> str:
        said = [parts.output.said] if parts.output.said else []
        return " ".join([*said, ALIKE] if parts.settings.class_weight == "balanced" else said)

    def called(self, parts: Parts[Kind, LabelKind, Network], answers: Sequence[Prediction]) -> list[Any]:
        rare = parts.output.rare
        if rare is None:
            return super().called(parts, answers)
        return [Called.of(answer.value, answer.probabilities[rare]) for answer in answers]

    def sets(
        self, parts: Parts[Kind, LabelKind, Network], answers: Sequence[Prediction], confidence: float
    ) -> list[Prediction]:
        if parts.sure is None:
            raise TaskError("this model keeps no rows that its network didn't learn from; train it again")
        least = least_probability(parts.sure, confidence)
        if not names_all_from(parts.output, least):
            raise TaskError(
                f"at a confidence of {confidence:g} a set of labels may need more than the {LIKELIEST} likeliest of "
                f"{parts.output.outcomes:,}, which are all that answers name; pass a lower confidence, or none"
            )

        def with_set(answer: Prediction) -> Prediction:
            likely = [name for name, p in answer.probabilities.items() if p >= least or name == answer.value]
            return replace(answer, labels=likely)

        return list(map(with_set, answers))

    def coverage(
        self, parts: Parts[Kind, LabelKind, Network], answers: Sequence[Prediction], right: Sequence[Any]
    ) -> list[Coverage]:
        """Of sets of labels at ``CONFIDENCE``, where there were enough rows for that, and answers name so many."""
        if parts.sure is None or len(parts.sure) < rows_needed(CONFIDENCE):
            return []
        if not names_all_from(parts.output, least_probability(parts.sure, CONFIDENCE)):
            return []
        sets = [answer.labels or [] for answer in self.sets(parts, answers, CONFIDENCE)]
        found = np.mean([label in names for names, label in zip(sets, right, strict=True)])
        size = np.mean(list(map(len, sets)))
        return [Coverage(f"Sets of labels at confidence {CONFIDENCE:g}", CONFIDENCE, float(found), float(size))]

    def claims(self, answers: Sequence[Prediction], right: Sequence[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Of each answer, and whether it was right."""
        hits = [answer.value == label for answer, label in zip(answers, right, strict=True)]
        return np.array([answer.probability for answer in answers]), np.array(hits)

    def evaluation(
        self, parts: Parts[Kind, LabelKind, Network], batches: RowBatches
    ) -> Callable[[Network], Evaluation]:
        rare = parts.output.rare is not None
        batches = batches.in_batches_of(min(batches.batch_tokens, max(1, MOST_SCORES // parts.output.outcomes)))

        def evaluate(network: Network) -> Evaluation:
            total, right, rows = 0.0, 0.0, 0.0
            for batch in batches.in_order():
                scores, counts = network(batch.inputs), network.head.counting(batch.targets)
                total += float(network.head.loss(scores, batch.targets).sum())
                right += float(((scores.argmax(-1) == batch.targets) * counts).sum())
                rows += float(counts.sum())
            accuracy, loss = right / max(1.0, rows), total / max(1.0, rows)
            # Of two equally accurate states the surer one is better; with a rare class, nearly all are as accurate.
            return Evaluation(-loss if rare else accuracy - 1e-3 * loss, {"accuracy": accuracy, "loss": loss})

        return evaluate

    def said_by(self, output: LabelKind) -> ReadOut:
        return ReadOut("softmax", tuple(output.classes), at_least=output.at_least)

    def read_out(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        return softmax(scores)

    def prediction(self, output: LabelKind, row: NDArray[np.float32]) -> Prediction:
        classes = by_probability(output, row)
        (name, chance), *others = classes.items()
        for rare, least in output.at_least.items():
            if (name == rare) != (classes[rare] >= least):
                name, chance = others[0]
        return Prediction(name, chance, classes)

    def metrics(self, output: LabelKind) -> tuple[str, ...]:
        if output.rare is not None:
            of = ("f1", "average_precision", "precision", "recall")
            return (*(f"{one}_{output.rare}" for one in of), "accuracy", "f1")
        named = output.classes if len(output.classes) <= MOST_NAMED else []
        return ("accuracy", "f1", *(f"f1_{name}" for name in named))


def by_probability(output: ClassesKind, probabilities: NDArray[np.float32]) -> dict[str, float]:
    """All classes with their probabilities, likeliest first; of many the ``LIKELIEST``. Raises
    BundleError for another number of them."""
    if output.outcomes != len(probabilities):
        raise BundleError(
            f"its network scores {len(probabilities)} classes, and its output has {output.outcomes}: the model is "
            "damaged; restore it from a copy"
        )
    names = output.classes
    if are_many(output.outcomes):
        likeliest = np.sort(np.argpartition(-probabilities, LIKELIEST)[:LIKELIEST])
        names, probabilities = [names[i] for i in likeliest.tolist()], probabilities[likeliest]
    return dict(sorted(zip(names, probabilities.tolist(), strict=True), key=lambda pair: -pair[1]))


def names_all_from(output: ClassesKind, least: float) -> bool:
    """Whether answers name every class that has this probability or more, of which there are ``1 / least`` at most."""
    return not are_many(output.outcomes) or least * LIKELIEST >= 1


def surprise(output: ClassesKind, probabilities: NDArray[np.float32], labels: Any) -> float:
    """Nats of the least likely of the labels that are right; as good as none of one that training hasn't seen."""
    places = [output.ids.get(str(name)) for name in as_labels(labels)]
    right = [0.0 if place is None else float(probabilities[place]) for place in places]
    return -math.log(max(min(right, default=1.0), 1e-9))
