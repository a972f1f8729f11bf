"""Single measurements, each with something planted that it has to find."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from inspected import built, looked_at

import elman
from conftest import there
from elman.inspection import attribution, calibration, gates, inside, invariance, spectra, unrolled, within
from elman.inspection.answers import answers
from elman.inspection.look import Look
from elman.inspection.subject import subject
from pictures import class_folders


def way(found: invariance.Audit, name: str) -> invariance.Way:
    return next(way for way in found.ways if way.name.startswith(name))


@pytest.mark.parametrize("name", ["classification", "tagging", "translation", "generation", "language-model", "rows"])
def test_answers_don_t_depend_on_how_they_are_asked_for(name):
    found = invariance.audit(looked_at(name))
    assert all(way.alike for way in found.ways)
    assert all(way.changes in (0, None) for way in found.ways)


def test_streaming_is_told_impossible_where_it_is():
    both, one = looked_at("tagging"), looked_at("tagging", bidirectional=False)
    assert way(invariance.audit(both), "streamed").difference is None
    assert way(invariance.audit(one), "streamed").difference is not None


def test_what_leaks_between_rows_is_found():
    """An encoder that takes the batch's mean off makes a row's answer depend on its neighbours."""
    seen = looked_at("classification")
    handle = seen.network.get_submodule("encoder").register_forward_hook(
        lambda module, args, out: out.map(lambda values: values - values.mean(0))
    )
    found = invariance.audit(seen)
    handle.remove()
    assert not way(found, "each row alone").alike and way(found, "the batch in another order").alike


def test_padding_that_is_read_is_found(monkeypatch):
    monkeypatch.setattr(
        invariance, "padded", lambda stack, x, state: stack.rnn.unroll(x.map(lambda values: values + 1e-2), state)
    )
    assert not way(invariance.audit(looked_at("classification")), "padded").alike


def test_a_gate_that_never_shuts_is_saturated():
    seen = looked_at("classification", cell="lstm", bidirectional=False)
    with torch.no_grad():
        seen.network.get_parameter("stack.rnn.bias_ih_l0").chunk(4)[1].fill_(9.0)
    found = {gate.gate: gate for gate in gates.gates(Look.at(seen, seen.shown).layers)}
    assert found["forget"].open == 1.0 and found["forget"].shut == 0.0 and found["input"].open < 0.5


def test_a_unit_that_counts_is_found():
    seen = looked_at("tagging", cell="rnn", bidirectional=False, characters=False, seed=3)
    look = Look.at(seen, list(range(len(seen))))
    (layer,) = look.layers
    position = torch.cat([torch.arange(int(n)) for n in layer.lengths]).float()
    layer.after.h[:, 5] = 0.3 - 0.01 * position
    (best, *_) = gates.followers([layer], look.words["recurrence"])
    assert (best.what, best.unit) == ("steps since the beginning", 5) and best.r == pytest.approx(-1, abs=1e-4)


def test_inside_quotes_and_brackets():
    assert gates.inside(["a", '"', "b", "c", '"', "d"], '"', '"') == [0, 1, 1, 1, 0, 0]
    assert gates.inside(["a", "(", "b", ")", "c"], "(", ")") == [0, 1, 1, 0, 0]


def test_chance_is_no_follower():
    torch.manual_seed(0)
    states, feature = torch.randn(2_000, 30), torch.randn(2_000)
    assert float(gates.correlation(states, feature).abs().max()) < 0.15
    ours = gates.correlation(states, states[:, 7] + 0.5 * feature)
    theirs = [np.corrcoef(states[:, k], states[:, 7] + 0.5 * feature)[0, 1] for k in range(30)]
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_of_a_linear_network_the_parts_add_up():
    """Pooled inputs and no recurrence: gradient x input explains all, and leaving out says the same."""
    seen = looked_at("classification", pooling="inputs")
    found = attribution.attribution(seen, seen.shown[-1])
    assert found is not None and found.gap < 1e-4
    np.testing.assert_allclose(found.gradient, found.occlusion, atol=1e-5)


def test_occlusion_against_leaving_out_by_hand():
    seen = looked_at("tagging", bidirectional=False)
    row = seen.shown[-1]
    found = attribution.attribution(seen, row)
    assert found is not None and len(found.matrix) == len(found.words) == seen.sizes[row]
    # What comes later can't decide what was said before, in one direction.
    assert max(abs(found.matrix[i][j]) for i in range(len(found.words)) for j in range(i + 1, len(found.words))) < 1e-6


def test_calibration_of_known_answers():
    seen = looked_at("classification", bidirectional=False)
    found = calibration.of_answers(seen)
    assert found is not None and found.answers == len(seen) == sum(one.count for one in found.bins)
    scores = seen.network(seen.collate(range(len(seen))).inputs).softmax(-1).max(-1).values
    assert sum(one.probability * one.count for one in found.bins) == pytest.approx(
        float(scores.detach().sum()), rel=1e-5
    )


def test_singular_values_of_orthogonal_weights():
    seen = looked_at("classification", cell="rnn", bidirectional=False)
    rnn: Any = seen.network.get_submodule("stack.rnn")
    with torch.no_grad():
        rnn.weight_hh_l0.copy_(1.2 * torch.nn.init.orthogonal_(torch.empty(8, 8)))
        rnn.weight_ih_l0.mul_(1e-6)
        rnn.bias_ih_l0.zero_()
        rnn.bias_hh_l0.zero_()
    found = spectra.spectrum(Look.at(seen, seen.shown[-1:]).layers[0])
    np.testing.assert_allclose(found.weights["all"], 1.2, rtol=1e-5)
    np.testing.assert_allclose(found.largest, 1.2 ** np.array(found.steps), rtol=1e-3)
    np.testing.assert_allclose(found.median, 1.2 ** np.array(found.steps), rtol=1e-3)


def test_the_nearest_vectors_are_those_of_the_least_angle():
    seen = looked_at("classification")
    vectors, tokens = seen.network.get_parameter("encoder.embedding.weight"), seen.parts.input.vocabulary.tokens
    with torch.no_grad():
        vectors[tokens.index("plot")] = 3 * vectors[tokens.index("the")]
    found = {each.token: each.nearest for each in inside.neighbours(seen)}
    key, other = ("the", "plot") if "the" in found else ("plot", "the")
    assert found[key][0] == (other, pytest.approx(1.0, abs=1e-5))


def test_attention_rows_add_up_to_one():
    seen = looked_at("translation")
    found = inside.alignment(seen, seen.shown[0])
    assert found is not None
    np.testing.assert_allclose(np.sum(found.values, axis=1), 1.0, atol=1e-5)
    assert len(found.rows) == len(found.values) and len(found.columns) == len(found.values[0])


def test_the_drawing_holds_what_is_read_and_said():
    seen = looked_at("translation")
    drawn = unrolled.unrolled(seen, seen.shown[0])
    encoder, decoder = drawn.parts
    assert encoder.below == seen.elements(seen.shown[0], encoder.steps)
    assert decoder.below == [unrolled.START, *decoder.right[:-1]] and len(decoder.above) == decoder.steps
    assert drawn.fed_back and drawn.attends and [lane.reverse for lane in encoder.lanes] == [False, True]
    tagged = unrolled.unrolled(looked_at("tagging"), 0)
    assert not tagged.fed_back and not tagged.value and len(tagged.parts[0].above) == tagged.parts[0].steps


def test_long_sequences_are_drawn_with_a_gap():
    assert unrolled.shown_steps(3) == [0, 1, 2] and unrolled.shown_steps(30) == list(range(30))
    columns = unrolled.shown_steps(10_000)
    assert len(columns) == 31 and columns[15] is None and columns[-1] == 9_999


def test_rows_are_drawn_so_that_steps_stay_few():
    task, parts, _, _ = built("vectors")
    long = [[[0.1, 0.2]] * 30_000, [[0.3, 0.4]] * 5, [[0.1, 0.4]] * 7]
    seen = subject(task, parts, long, ["x", "y", "x"])
    assert sum(seen.sizes) <= 20_000 and max(seen.sizes) == 20_000
    assert "the last 20,000 are looked at" in seen.notes[0]


def test_columns_of_a_linear_network_add_up_and_fall_by_what_they_are():
    """With a linear hidden layer, gradient x input is the column's own part, and so is what leaving it out costs."""
    seen = looked_at("rows")
    network: Any = seen.network
    hidden, head = network.hidden[0], network.head.linear
    hidden[1] = torch.nn.Identity()
    found = within.columns(seen, seen.shown[0])
    assert found is not None and found.names == ["column 1", "column 2", "column 3"] and found.gap < 1e-4
    np.testing.assert_allclose(found.gradient, found.occlusion, atol=1e-5)
    batch = seen.collate([seen.shown[0]])
    vectors, weights = network.encoder(batch.inputs)[0], head.weight @ hidden[0].weight
    best = int(seen.network(batch.inputs).argmax())
    by_hand = (weights[best] * vectors).split([1, 1, len(vectors) - 2])
    np.testing.assert_allclose(found.gradient, [part.sum().item() for part in by_hand], atol=1e-5)


def test_columns_of_vectors_by_step_are_the_steps_parts():
    seen = looked_at("vectors", differences=True)
    row = seen.shown[-1]
    columns, steps = within.columns(seen, row), attribution.attribution(seen, row)
    assert columns is not None and steps is not None and len(columns.names) == 2
    np.testing.assert_allclose(np.sum(columns.by_step, axis=0), steps.gradient, atol=1e-5)
    np.testing.assert_allclose(np.sum(columns.by_step, axis=1), columns.gradient, atol=1e-5)


def test_columns_of_signals_are_looked_at_before_the_convolutions():
    seen = looked_at("vectors", convolutions=2, kernel=3, scaled=True)
    row = seen.shown[-1]
    columns, steps = within.columns(seen, row), attribution.attribution(seen, row)
    assert columns is not None and steps is not None
    assert len(columns.names) == 2 and len(columns.by_step[0]) == seen.sizes[row]
    np.testing.assert_allclose(np.sum(columns.by_step, axis=1), columns.gradient, atol=1e-5)
    assert len(steps.gradient) == -(-seen.sizes[row] // 4)


def test_the_place_of_a_picture_that_is_looked_at_decides(tmp_path):
    """A network that reads one corner alone: there, and nowhere else, painting over changes the answer."""
    model = elman.fit(class_folders(tmp_path, each=8), filters=2, hidden_size=4, embedding_size=4, epochs=1)
    network = model.parts.module

    def corner(module, args, pixels):
        kept = torch.zeros_like(pixels)
        kept[:, :, :6, :6] = pixels[:, :, :6, :6]
        return kept

    cells, outputs, _ = model._to_inspect(tmp_path, ())
    seen = subject(model.task, model.parts, cells, there(outputs))
    network.encoder.standardise.register_forward_hook(corner)
    found = within.places(seen, seen.shown[0])
    assert found is not None and found.size == 3
    falls = np.array(found.occlusion)
    assert falls.shape == (6, 7) and np.abs(falls[:2, :2]).max() > 1e-6
    falls[:2, :2] = 0
    np.testing.assert_allclose(falls, 0, atol=1e-6)


def test_names_of_steps_are_no_words():
    runs, words = [], [["1", "2", "30"]] * 4
    assert gates.followers(runs, words, texts=False) == []
    counting = looked_at("vectors")
    many = Look.at(counting, list(range(len(counting))))
    names = {one.what for one in gates.followers(many.layers, many.words["recurrence"], texts=False)}
    assert names <= {"steps since the beginning"}


@pytest.mark.parametrize("layers", [1, 2])
def test_long_words_fit_into_the_drawing(layers):
    """Chords, whose names are long, above and below; in brackets what would be right."""
    from matplotlib.figure import Figure

    steps, chord = 9, "G#4+C#5+D#5+G#5"
    lanes = [unrolled.Lane(f"layer {i}", "gru", False, 8) for i in range(layers)]
    part = unrolled.Part("recurrence", [chord] * steps, lanes, [chord] * steps, ["R" + chord] * steps, 88, steps)
    figure = Figure(layout="constrained")
    unrolled.draw(figure, unrolled.Unrolled("row 1", [part], "", "", "", "", False, False, []))
    figure.draw_without_rendering()
    words = [text for text in figure.axes[0].texts if text.get_text()]
    boxes = [text.get_window_extent() for text in words]
    inside = figure.axes[0].get_window_extent()
    assert all(inside.ymin - 1 <= box.ymin and box.ymax <= inside.ymax + 1 for box in boxes)
    (name,) = [box for text, box in zip(words, boxes, strict=True) if text.get_text() == "recurrence"]
    assert sum(name.overlaps(box) for box in boxes) == 1  # itself


def test_of_answers_that_are_no_classes_the_last_is_looked_at():
    """The first of them has nothing before it that could have decided."""
    seen = looked_at("regression")
    found = answers(seen.network, seen.collate([0, 1, 2]))
    assert attribution.scored(seen.network, found)[0] == 2
