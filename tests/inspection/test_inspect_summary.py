"""What a page says first: against what was made to go wrong in a model."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from elman.diagnosis.verdict import Remedy
from elman.inspection.attribution import decided_by
from elman.inspection.recorded import scored, trained
from elman.inspection.summary import Finding, summary
from elman.settings import Settings


def report(value: float = 0.6, verdicts: tuple[str, ...] = (), name: str = "tag_accuracy") -> dict[str, Any]:
    estimate = {"value": value, "low": value - 0.05, "high": min(1.0, value + 0.05)}
    return {"rows": 400, "metrics": {name: estimate}, "verdicts": list(verdicts)}


def flow(state: str, *remedies: Remedy) -> Any:
    return SimpleNamespace(worst=SimpleNamespace(state=state, remedies=list(remedies)))


def warning(kind: str, flags: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "epoch": 4.6, "flags": flags, "message": f"it ails; {flags} may help: it would", **more}


BETTER, WORSE = "better than chance (p < 0.001)", "not better than chance (p = 0.3)"
LSTM, SLOWER = "--cell lstm", "--set learning_rate=0.01"
VANISHING = flow("vanishing", Remedy({"cell": "lstm"}, "it carries on"), Remedy({"pooling": "mean"}, "it goes round"))
FALLING = [{"epoch": float(i), "loss": 2.0 - 0.1 * i} for i in range(1, 11)]
ONE_WAY, BOTH_WAYS = Settings(bidirectional=False), Settings(bidirectional=True)


@pytest.mark.parametrize(
    ("verdicts", "mood"),
    [((), ""), ((BETTER, BETTER), "good"), ((BETTER, WORSE), "unsure"), ((WORSE, "worse than counting words"), "bad")],
)
def test_what_it_is_worth_comes_first(verdicts, mood):
    found = summary(report(verdicts=verdicts), "rows of data", {}, flow("healthy"), Settings(), False)
    assert found.mood == mood and found.words[0].startswith(
        "tag accuracy 60.0 % (95 % interval 55.0 % to 65.0 %) on 400 "
    )
    assert all(verdict in found.words[0] for verdict in verdicts)
    assert found.words[1:] == (["Nothing that was looked at says why."] if mood == "bad" else [])


def test_training_that_came_off_the_rails_comes_before_what_may_follow_from_it():
    about = {"warnings": [warning("vanishing", LSTM), warning("dead", SLOWER), warning("stuck", "x", applied=True)]}
    found = summary(report(verdicts=(WORSE,)), "rows", about, VANISHING, Settings(), False)
    assert [one.flags for one in found.data] == [SLOWER, LSTM, "--set pooling=mean"]
    assert found.data[0] == Finding("in training, epoch 4.6: it ails", SLOWER, "it would")
    assert found.listings[0].rows[1] == ["the gradient is vanishing", LSTM, "it carries on"]


@pytest.mark.parametrize(
    ("verdict", "settings", "aligned", "advised"),
    [
        (WORSE, ONE_WAY, True, True),
        (BETTER, ONE_WAY, True, False),
        (WORSE, BOTH_WAYS, True, False),
        (WORSE, ONE_WAY, False, False),
    ],
)
def test_answers_given_too_early(verdict, settings, aligned, advised):
    found = summary(report(verdicts=(verdict,)), "rows", {}, flow("healthy"), settings, aligned)
    assert [one.flags for one in found.data] == ["--set bidirectional=true"] * advised


@pytest.mark.parametrize(
    ("best", "history", "more"),
    [(10.0, FALLING, ["--epochs 20"]), (8.0, FALLING, []), (10.0, [{**entry, "loss": 1.0} for entry in FALLING], [])],
)
def test_whether_it_was_still_learning(best, history, more):
    about = {"history": history, "best_epoch": best}
    found = summary(report(verdicts=(BETTER,)), "rows", about, flow("healthy"), Settings(), False)
    assert [one.flags for one in found.data] == more
    perfect = summary(report(1.0, verdicts=(BETTER,)), "rows", about, VANISHING, Settings(), False)
    assert perfect.data == [] and len(perfect.words) == 1


def test_scores_of_rows_that_it_did_not_learn_from_stand_beside():
    found = summary(report(0.9, (BETTER,)), "rows", {}, flow("healthy"), Settings(), False, report(0.6))
    assert found.words[1].startswith("On rows held out when it was trained: tag accuracy 60.0 % (95 % interval 55.0 %")


def test_without_scores_it_says_so():
    found = summary(None, "", {}, VANISHING, Settings(), False)
    assert found.words[0] == "There are no answers to measure the model by." and len(found.data) == 2


def test_what_speaks_for_an_answer_and_what_against():
    said = decided_by("Y", [("a", 0.5), ("b", -0.2), ("c", 0.0)], "steps")
    assert "rests on 'a' (+0.5) and has 'b' (-0.2) against it" in said and "'c'" not in said
    assert "none of the steps" in decided_by("Y", [("a", 0.0)], "steps")


def test_only_mistakes_are_mistakes():
    worst = [
        {"input": ["a", "b"], "predicted": ["X", "Y"], "expected": ["X", "X"], "loss": 1.0},
        {"input": ["c"], "predicted": ["X"], "expected": ["X"], "loss": 0.4},
    ]
    whole = {**report(), "worst": worst, "loss_unit": "wrong tags"}
    (_, mistakes) = scored(whole, "rows").listings
    assert list(mistakes.rows) == [["a b", "X Y", "X X", "1"]] and mistakes.headings[3] == "loss, wrong tags"
    assert len(scored({**whole, "worst": worst[1:]}, "rows").listings) == 1


@pytest.mark.parametrize(
    ("epochs", "said"), [(1.0, "1 epoch;"), (0.9999, "1 epoch;"), (0.5, "0.5 epochs;"), (2.0, "2 epochs;")]
)
def test_one_epoch_is_one(epochs, said):
    history = [{"epoch": epochs / 2, "loss": 2.0}, {"epoch": epochs, "loss": 1.0}]
    found = trained({"history": history, "best_epoch": epochs})
    assert found is not None and found.words == [f"Trained for {said} the weights of epoch {epochs:.3g} were kept."]
