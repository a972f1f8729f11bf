"""Every architecture: the answer for a row doesn't depend on its batch, and gradients reach all weights."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from conftest import assert_close, there
from elman import cells
from elman.decoding.beam import beam_search
from elman.decoding.likelihood import nats_of
from elman.decoding.sampling import sampled
from elman.decoding.viterbi import tags
from elman.errors import TaskError
from elman.models.answering import Answering
from elman.models.batch import Batch
from elman.models.encoder_decoder import EncoderDecoder, looked_at
from elman.models.many_to_many import ManyToMany, language_model
from elman.models.many_to_one import ManyToOne
from elman.models.one_to_many import OneToMany, shift
from elman.models.one_to_one import OneToOne
from elman.models.tensors import arrays_of
from elman.nn.copying import Copied
from elman.nn.encoders import RowEncoder, TokenEmbedding, ValueEmbedding, Words
from elman.nn.heads import ClassHead, CRFTagHead, TagHead
from elman.nn.pictures import PictureEncoder
from elman.ragged import Ragged
from elman.sequences import Sequences

LENGTHS = [5, 0, 1, 7, 2]
TOKENS, CLASSES = 11, 3
CELLS = cells.names()


def scores_of(network: Answering, batch: Any) -> Sequences:
    """A score row for each step."""
    found = network.scores(batch)
    assert isinstance(found, Sequences)
    return found


def ragged_ids(lengths, high=TOKENS, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return Ragged.from_list([torch.randint(2, high, (n,), generator=generator) for n in lengths])


def with_end(ids: Ragged) -> Ragged:
    return Ragged.from_list([torch.cat([row, torch.tensor([1])]) for row in ids])


def written(model, inputs, **options):
    """What beam search finds, as answers search: one value is written about in words that are there."""
    one = isinstance(model, OneToMany)
    options = {"length_penalty": 0.0 if one else 1.0, "never": [0] if one else [], **options}
    return beam_search(Answering(model), inputs, end=1, **options)


GREEDILY = {"end": 1, "never": [0], "max_length": 9, "temperature": 0.0, "generator": np.random.default_rng(0)}


def embedding():
    return TokenEmbedding(TOKENS, 6)


def many_to_one(cell, **options):
    return ManyToOne(embedding(), lambda size: ClassHead(size, CLASSES), cell=cell, hidden_size=7, **options).double()


def rows_of(ids: Ragged, rows):
    return Words(ids.select(torch.tensor(rows)))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention", "inputs", "last+max+mean"])
def test_many_to_one_is_the_same_alone_and_in_a_batch(cell, pooling):
    torch.manual_seed(1)
    model = many_to_one(cell, pooling=pooling, num_layers=2).eval()
    ids = ragged_ids(LENGTHS)
    together = model(Words(ids))
    for row in range(len(LENGTHS)):
        assert_close(model(rows_of(ids, [row])), together[[row]])
    order = [3, 1, 4, 0, 2]
    assert_close(model(rows_of(ids, order)), together[order])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("head", ["softmax", "crf"])
def test_many_to_many_is_the_same_alone_and_in_a_batch(cell, head):
    torch.manual_seed(2)

    def make(size):
        return TagHead(size, CLASSES) if head == "softmax" else CRFTagHead(size, ["B-x", "I-x", "O"])

    model = ManyToMany(embedding(), make, cell=cell, hidden_size=5).double().eval()
    ids, targets = ragged_ids(LENGTHS), ragged_ids(LENGTHS, high=CLASSES, seed=3)
    losses, counts = model.loss(Batch(Words(ids), targets))
    assert counts.tolist() == LENGTHS
    alone = [model.loss(Batch(rows_of(ids, [row]), targets.select(torch.tensor([row]))))[0] for row in range(5)]
    assert_close(losses, torch.cat(alone))
    network = Answering(model)
    together = tags(scores_of(network, Words(ids)), network.chain)
    for row, (best, probability) in enumerate(zip(*together, strict=True)):
        assert len(best) == len(probability) == LENGTHS[row]
        again, _ = tags(scores_of(network, rows_of(ids, [row])), network.chain)
        assert again.values.tolist() == best.tolist()


@pytest.mark.parametrize("cell", CELLS)
def test_language_model_step_by_step_is_the_whole(cell):
    torch.manual_seed(3)
    model = language_model(embedding(), TOKENS, cell=cell, hidden_size=9, num_layers=2).double().eval()
    ids = ragged_ids([13])
    whole, state = model(Words(ids))
    carried, rows = None, []
    for token in ids.values:
        scores, carried = model(Words(Ragged(token[None], torch.tensor([1]))), carried)
        rows.append(scores.values)
    assert_close(torch.cat(rows), whole.values)
    for part, expected in zip(there(carried), state, strict=True):
        assert_close(part, expected)


def test_carried_state_continues_the_text_and_cuts_the_gradient():
    torch.manual_seed(4)
    model = language_model(embedding(), TOKENS, hidden_size=9).double()
    ids = ragged_ids([12, 12])
    first, second = ids.with_values(ids.values), None
    halves = [Ragged.from_list([row[:6] for row in ids]), Ragged.from_list([row[6:] for row in ids])]
    first, second = (Batch(Words(half), half, continues=i > 0) for i, half in enumerate(halves))
    model.eval()
    whole, _ = model.loss(Batch(Words(ids), ids))
    in_two = model.loss(first)[0] + model.loss(second)[0]
    assert_close(in_two, whole)
    assert all(not part.requires_grad for part in there(model.carried))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("attention", ["none", "dot", "additive"])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("copy", [False, True])
def test_encoder_decoder_is_the_same_alone_and_in_a_batch(cell, attention, layers, copy):
    torch.manual_seed(5)
    options = {"cell": cell, "hidden_size": 8, "embedding_size": 6, "attention": attention, "num_layers": layers}
    if copy and attention == "none":
        with pytest.raises(TaskError, match="copy=false"):
            EncoderDecoder(embedding(), TOKENS, copy=True, **options)
        return
    model = EncoderDecoder(embedding(), TOKENS, copy=copy, **options).double()
    model.eval()
    ids, targets = ragged_ids(LENGTHS), with_end(ragged_ids([2, 3, 0, 4, 1], seed=7))
    losses, counts = model.loss(Batch(Words(ids), targets))
    assert counts.tolist() == [3, 4, 1, 5, 2]
    alone = [model.loss(Batch(rows_of(ids, [row]), targets.select(torch.tensor([row]))))[0] for row in range(5)]
    assert_close(losses, torch.cat(alone))
    together = written(model, Words(ids), beam_size=3, max_length=6)
    for row, hypothesis in enumerate(together):
        (again,) = written(model, rows_of(ids, [row]), beam_size=3, max_length=6)
        assert again.ids == hypothesis.ids


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("feed", ["back", "repeat"])
def test_one_to_many_steps_as_it_was_trained(cell, feed):
    """The log-probability that search adds up is the loss of the same sequence."""
    torch.manual_seed(6)
    model = OneToMany(ValueEmbedding(4, 5), TOKENS, cell=cell, hidden_size=8, feed=feed, num_layers=2).double().eval()
    model.head.linear.bias.data[1] = 1.0  # so that sequences end
    values = torch.tensor([3, 0, 2])
    found = written(model, values, beam_size=2, max_length=200)
    assert all(len(h.ids) < 200 for h in found)
    targets = with_end(Ragged.from_list([torch.tensor(h.ids, dtype=torch.int64) for h in found]))
    losses, _ = model.loss(Batch(values, targets))
    assert_close(-losses, torch.tensor([h.score for h in found], dtype=torch.float64))
    nats = nats_of(Answering(model), values, arrays_of(targets), begin=1)
    assert_close(torch.tensor([row.sum() for row in nats]), losses)
    drawn = sampled(Answering(model), values, **GREEDILY)
    assert drawn == [h.ids for h in written(model, values, beam_size=1, max_length=9)]


def picture_captioner(places=(2, 3), **options):
    """A model that looks at the places of tiny pictures, ready to step."""
    encoder = PictureEncoder((1, *places), [128.0], [50.0], 5, filters=2, augmentation=0.0)
    return OneToMany(encoder, TOKENS, hidden_size=8, **options).double().eval()


@pytest.mark.parametrize("feed", ["back", "repeat"])
def test_looking_at_places_steps_as_it_was_trained(feed):
    torch.manual_seed(6)
    model = picture_captioner(feed=feed, num_layers=2)
    model.head.linear.bias.data[1] = 1.0
    pictures = torch.randint(0, 256, (3, 1, 2, 3), dtype=torch.uint8).double()
    found = written(model, pictures, beam_size=4, max_length=200)
    targets = with_end(Ragged.from_list([torch.tensor(h.ids, dtype=torch.int64) for h in found]))
    losses, _ = model.loss(Batch(pictures, targets))
    assert_close(-losses, torch.tensor([h.score for h in found], dtype=torch.float64))
    drawn = sampled(Answering(model), pictures, **GREEDILY)
    assert drawn == [h.ids for h in written(model, pictures, beam_size=1, max_length=9)]


def test_what_is_found_at_places_is_their_mean_by_softmax():
    """Luong's equations by hand, for each step of each sequence."""
    torch.manual_seed(7)
    model = picture_captioner()
    pictures = torch.randint(0, 256, (3, 1, 2, 3), dtype=torch.uint8).double()
    targets = with_end(ragged_ids([4, 0, 2]))
    context, places = model.encoder.look(pictures)
    assert places.lengths.tolist() == [6, 6, 6]
    steps, _ = model.stack(model._inputs(context, shift(targets, 1)), model.start(context))
    scores = model(pictures, targets)
    weight = model.get_parameter("attention.memory.weight")
    combine: Any = model.get_submodule("combine.0")
    for h, of, got in zip(steps.values, steps.sequence_ids.tolist(), scores.values, strict=True):
        here = places.values[6 * of : 6 * of + 6]
        found = torch.softmax(here @ weight.T @ h / 8**0.5, 0) @ here
        expected = model.head(torch.tanh(combine(torch.cat([h, found]))))
        assert_close(got, expected)


def test_one_to_many_writes_the_given_start():
    torch.manual_seed(7)
    model = OneToMany(ValueEmbedding(4, 5), TOKENS, hidden_size=8).eval()
    options = {**GREEDILY, "temperature": 1.0}
    (row,) = sampled(Answering(model), torch.tensor([1]), start=[5, 4, 9], **options)
    assert row[:3] == [5, 4, 9]


def test_every_weight_learns():
    torch.manual_seed(8)
    ids, targets = ragged_ids([4, 3, 6]), with_end(ragged_ids([2, 5, 3], seed=1))
    classes = torch.tensor([0, 2, 1])
    row_encoder = RowEncoder(2, [5])
    pictures = torch.randint(0, 256, (3, 1, 12, 10), dtype=torch.uint8)
    row = torch.randn(3, 2), torch.tensor([[1], [4], [0]])
    cases = [
        (OneToOne(row_encoder, ClassHead(9, CLASSES), hidden_size=9), Batch(row, classes)),
        (OneToMany(ValueEmbedding(3, 4), TOKENS, hidden_size=6, num_layers=2), Batch(classes, targets)),
        (picture_captioner((12, 10)).float().train(), Batch(pictures, targets)),
        (many_to_one("lstm", pooling="last+mean+max+attention").float(), Batch(Words(ids), classes)),
        (
            ManyToMany(embedding(), lambda size: CRFTagHead(size, ["a", "b", "c"])),
            Batch(Words(ids), ids.map(lambda v: v % 3)),
        ),
        (EncoderDecoder(embedding(), TOKENS, hidden_size=8, attention="additive"), Batch(Words(ids), targets)),
        (EncoderDecoder(embedding(), TOKENS, hidden_size=8, num_layers=2), Batch(Words(ids), targets)),
        # At first it copies what it wrote: all the lengths of a run occur.
        (EncoderDecoder(embedding(), TOKENS, hidden_size=8, copy=True), Batch(Words(ids), with_end(ids))),
    ]
    for model, batch in cases:
        losses, counts = model.loss(batch)
        (losses.sum() / counts.sum()).backward()
        still = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
        assert not still, f"{type(model).__name__} doesn't train {still}"


def test_teacher_forcing_mixes_in_what_the_model_wrote():
    torch.manual_seed(9)
    model = EncoderDecoder(embedding(), TOKENS, hidden_size=8).double()
    batch = Batch(Words(ragged_ids([4, 3])), with_end(ragged_ids([5, 6], seed=2)))
    forced = model.loss(batch)[0]
    model.teacher_forcing = 0.0
    model.anneal(1.0)
    free = model.loss(batch)[0]
    assert not torch.allclose(forced, free)
    model.eval()  # evaluation is always forced
    assert_close(model.loss(batch)[0], forced)


def test_scores_of_a_target_add_up_to_its_loss():
    torch.manual_seed(11)
    model = EncoderDecoder(embedding(), TOKENS, hidden_size=8, num_layers=2).double().eval()
    ids, targets = Words(ragged_ids([4, 3])), with_end(ragged_ids([5, 2], seed=2))
    chosen = model(ids, targets).values.log_softmax(-1).gather(1, targets.values[:, None])
    expected = torch.stack([rows.sum() for rows in targets.with_values(-chosen)])
    assert_close(model.loss(Batch(ids, targets))[0], expected)


def copier(gate, **options):
    """An encoder-decoder with a copy mechanism, its gate set to this logit."""
    torch.manual_seed(12)
    model = EncoderDecoder(embedding(), TOKENS, hidden_size=8, copy=True, **options).double().eval()
    there(model.pointer).gate.weight.data.zero_()
    there(model.pointer).gate.bias.data.fill_(gate)
    return model


def test_what_is_copied_stands_in_the_own_source():
    """Sources of differing lengths: nothing is copied from padding, or from another source."""
    ids, targets = ragged_ids([2, 5, 1, 3]), with_end(ragged_ids([3, 2, 4, 1], seed=3))
    scores = copier(-60.0)(Words(ids), targets)
    for source, row in zip(ids, scores, strict=True):
        there = torch.zeros(TOKENS, dtype=torch.bool)
        there[source] = True
        assert_close(row.exp()[:, there].sum(1), torch.ones(len(row), dtype=torch.float64))
        assert row.exp()[:, ~there].max() < 1e-20


def test_without_copying_it_generates():
    ids, targets = ragged_ids(LENGTHS), with_end(ragged_ids([3, 2, 4, 1, 2], seed=3))
    model = copier(60.0)
    seen = model._write(model.read(Words(ids)), shift(targets, 1)).features.values
    expected = torch.nn.functional.linear(seen, model.head.linear.weight, model.head.linear.bias).log_softmax(-1)
    assert_close(model(Words(ids), targets).values, expected)


def test_copying_goes_on_after_what_was_copied():
    """With nothing but runs to go by, the token after the latest one is copied, in training and in search."""
    model = copier(-60.0)
    there(model.pointer).gain.data = torch.tensor([50.0, 100.0, 150.0, 200.0], dtype=torch.float64)
    ids = Ragged.from_list([torch.tensor([5, 7, 5, 9, 4]), torch.tensor([8, 3])])
    targets = Ragged.from_list([torch.tensor([7, 5, 9, 4, 2]), torch.tensor([8, 3, 2])])
    first, second = (row.argmax(-1).tolist() for row in model(Words(ids), targets))
    assert first[1:4] == [5, 9, 4]  # 5 stands twice; what was before it tells which one is meant
    assert second[1] == 3
    for hypothesis, source in zip(written(model, Words(ids), beam_size=2, max_length=3), ids, strict=True):
        pairs = list(itertools.pairwise(source.tolist()))
        assert all(pair in pairs or pair[0] == source[-1] for pair in itertools.pairwise(hypothesis.ids))


@pytest.mark.parametrize("layers", [1, 2])
def test_search_copies_as_it_was_trained(layers):
    """The log-probability that search adds up, its hypotheses swapping places, is the loss of the same sequence."""
    model = copier(0.0, num_layers=layers)
    there(model.pointer).gain.data *= 2
    model.head.linear.bias.data[1] = -100.0  # nothing ends: the likeliest of what is left at the twelfth token
    ids = Words(ragged_ids([9, 4, 12], high=5, seed=5))
    found = written(model, ids, beam_size=4, max_length=12)
    targets = Ragged.from_list([torch.tensor(h.ids, dtype=torch.int64) for h in found])
    assert targets.lengths.tolist() == [12, 12, 12]
    losses, _ = model.loss(Batch(ids, targets))
    assert_close(-losses, torch.tensor([h.score for h in found], dtype=torch.float64))


def test_an_unknown_word_is_read_off_an_unknown_word():
    weights = torch.tensor([[0.7, 0.1, 0.2], [0.7, 0.3, 0.0], [0.6, 0.4, 0.0]])
    tokens = torch.tensor([[5, 0, 0], [5, 6, 0], [4, 0, 0]])
    assert there(looked_at(weights, Copied(weights, tokens, torch.zeros(3)), unk=0)).tolist() == [2, 0, 1]
    assert there(looked_at(weights, None, unk=0)).tolist() == [0, 0, 0]


def test_shift_moves_each_sequence_by_one():
    targets = Ragged.from_list([torch.tensor([4, 5, 7]), torch.tensor([], dtype=torch.int64), torch.tensor([6, 8])])
    assert [row.tolist() for row in shift(targets, 1)] == [[1, 4, 5], [], [1, 6]]


@pytest.mark.parametrize(
    ("layers", "attention", "copy"),
    [
        (1, "dot", False),
        (2, "dot", False),
        (2, "none", False),
        (3, "additive", False),
        (1, "dot", True),
        (2, "additive", True),
    ],
)
def test_beam_search_wide_enough_finds_the_best_of_all(layers, attention, copy):
    """Against all sequences of up to four tokens, scored by the teacher-forced loss."""
    torch.manual_seed(10)
    tokens = 4
    options = {"num_layers": layers, "attention": attention, "copy": copy}
    model = EncoderDecoder(TokenEmbedding(tokens, 6), tokens, hidden_size=8, embedding_size=6, **options)
    model = model.double().eval()
    for parameter in model.parameters():
        parameter.data.mul_(3)
    source = Words(Ragged.from_list([torch.tensor([2, 3, 2])]))
    every = [seq for n in range(4) for seq in itertools.product([0, 2, 3], repeat=n)]
    targets = with_end(Ragged.from_list([torch.tensor(seq, dtype=torch.int64) for seq in every]))
    sources = Words(source.ids.select(torch.zeros(len(every), dtype=torch.int64)))
    scores = -model.loss(Batch(sources, targets))[0]
    for penalty in (0.0, 1.0):
        lengths = torch.tensor([len(seq) + 1 for seq in every]) ** penalty
        best = every[int((scores / lengths).argmax())]
        (found,) = written(model, source, beam_size=60, max_length=4, length_penalty=penalty)
        assert tuple(found.ids) == best
