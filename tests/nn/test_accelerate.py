"""``accelerate`` changes whose kernels run, and nothing else."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from torch import nn

from conftest import assert_close
from elman import nn as elman_nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(6, 5, nonlinearity="relu", batch_first=True)
        self.layers = nn.ModuleList([nn.LSTM(5, 4, 2, bidirectional=True, batch_first=True, dropout=0.1)])
        self.alias = self.layers[0]
        self.gru = nn.GRU(8, 3, bias=False, batch_first=True)
        self.narrow = nn.LSTM(3, 4, proj_size=2, batch_first=True)
        self.others = [self.gru]  # a reference that modules() doesn't show

    def forward(self, x):
        for layer in (self.rnn, self.alias, self.gru, self.narrow):
            x, _ = layer(x)
        return x


def test_the_model_stays_the_same():
    model = Tagger().double().eval()
    x = torch.randn(3, 7, 6, dtype=torch.float64)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    expected, names = model(x), [name for name, _ in model.named_parameters()]
    parameters, state = list(model.parameters()), copy.deepcopy(model.state_dict())
    seen = []
    model.gru.register_forward_hook(lambda *_: seen.append(True))

    report = elman_nn.accelerate(model)

    assert report.replaced == ["rnn", "layers.0", "gru", "narrow"] and not report.left_alone
    assert all(isinstance(m, elman_nn.Recurrent) for m in (model.rnn, model.alias, model.others[0], model.narrow))
    assert_close(model(x), expected)
    assert seen == [True]
    assert [name for name, _ in model.named_parameters()] == names
    assert all(a is b for a, b in zip(parameters, model.parameters(), strict=True))
    model.load_state_dict(state)
    model(x).sum().backward()
    optimizer.step()
    assert not torch.allclose(model(x), expected)


def test_what_it_makes_is_like_new():
    layer = nn.LSTM(3, 4, 2, bidirectional=True, dropout=0.5)
    elman_nn.accelerate(layer)
    new = elman_nn.LSTM(3, 4, 2, bidirectional=True, dropout=0.5)
    assert type(layer) is elman_nn.LSTM and vars(layer).keys() == vars(new).keys() and repr(layer) == repr(new)
    x = torch.randn(5, 2, 3)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert_close(other.eval()(x)[0], layer.eval()(x)[0])


class Peephole(nn.LSTM):
    pass


def test_what_it_leaves_alone_it_explains():
    model = nn.ModuleDict(
        {
            "own": Peephole(3, 4),
            "normed": nn.utils.parametrizations.weight_norm(nn.GRU(3, 4), "weight_hh_l0"),
            "linear": nn.Linear(3, 4),
            "ours": elman_nn.GRU(3, 4),
            "our_cell": elman_nn.RNNCell(3, 4),
        }
    )
    report = elman_nn.accelerate(model)
    assert report.replaced == []
    assert report.left_alone.keys() == {"own", "normed"}
    assert "Peephole may compute something of its own" in report.left_alone["own"]
    assert "accelerate the model first" in str(report)
    assert type(model["own"]) is Peephole


@pytest.mark.parametrize("cell", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
def test_cells_stay_torchs(cell: type[nn.Module]):
    model = nn.Sequential(cell(3, 4))
    report = elman_nn.accelerate(model)
    assert report.replaced == [] and "a single step is as fast" in report.left_alone["0"]
    assert type(model[0]) is cell


def test_a_model_without_recurrent_layers():
    assert str(elman_nn.accelerate(nn.Linear(2, 2))) == "no recurrent layers of torch.nn found"


@pytest.mark.parametrize("layer", [nn.RNN(3, 4), nn.GRU(3, 4)])
def test_once_is_enough(layer: nn.Module):
    assert str(elman_nn.accelerate(layer)) == "replaced    (the module itself)"
    assert elman_nn.accelerate(layer).replaced == []
