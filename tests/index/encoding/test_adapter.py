"""What was trained on top of the default model does what it did in training."""

import numpy as np
import pytest
import torch
from torch import nn

from index import SentenceTransformerEncoder
from index.answering.ranker import Ranker
from index.encoding.adapter import Adapter
from index.known import MINILM, MULTILINGUAL_E5, KnownModel
from index.train.encoder import Heads, add_low_rank

DIMENSION = 24


class Bert(nn.Module):
    """A model of one linear layer, where `add_low_rank` looks for them."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList([nn.Linear(DIMENSION, 8)])})

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        return self.encoder["layer"][0](states)


def test_updates_of_low_rank_are_added_to_the_weights_as_they_were_trained() -> None:
    torch.manual_seed(0)
    trained, loaded = Bert(), Bert()
    loaded.load_state_dict(trained.state_dict())
    states = torch.randn(5, DIMENSION)
    before = trained(states)
    (update,) = add_low_rank(trained, rank=3).values()
    assert torch.equal(trained(states), before), "before training an update changes nothing"
    update.up.data.normal_()
    arrays = {
        "encoder.layer.0.down": update.down.detach().numpy(),
        "encoder.layer.0.up": update.up.detach().numpy(),
    }
    Adapter(arrays).add_to(loaded)
    assert torch.allclose(loaded(states), trained(states), atol=1e-5)
    assert not torch.allclose(loaded(states), before, atol=1e-2)


def test_a_shift_is_added_to_the_bias_of_its_layer() -> None:
    bert = Bert()
    states = torch.randn(5, DIMENSION)
    before = bert(states)
    Adapter({"encoder.layer.0.shift": np.full(8, 0.5, dtype=np.float32)}).add_to(bert)
    assert torch.allclose(bert(states), before + 0.5, atol=1e-5)


def test_the_heads_give_what_they_gave_in_training() -> None:
    torch.manual_seed(0)
    heads = Heads(DIMENSION)
    heads.token_weight.data.normal_()
    adapter = Adapter({f"heads.{name}": value.numpy() for name, value in heads.state_dict().items()})
    tokens = nn.functional.normalize(torch.randn(6, DIMENSION), dim=-1)
    passage = nn.functional.normalize(torch.randn(9, DIMENSION), dim=-1)
    mask = torch.ones(1, 6, dtype=torch.bool)
    with torch.inference_mode():
        emphasis = heads.weights(tokens[None], torch.ones(1, 6), mask)[0].numpy()
        offered = heads.offered(passage) - heads.offered.bias  # the same for every token of every passage
        wanted = heads.wanted(tokens[None], mask)[0]
        likely = (offered @ wanted / np.sqrt(len(wanted))).numpy()
    found = adapter.emphasis(tokens.numpy())
    assert found / found.sum() == pytest.approx(emphasis, abs=1e-5)
    assert passage.numpy() @ adapter.answer(tokens.numpy()) == pytest.approx(likely, abs=1e-5)
    assert adapter.repeats == pytest.approx(4 * float(nn.functional.softplus(heads.repeats.detach())), abs=1e-5)


def test_the_ranker_that_ships_was_fitted_to_the_model_that_ships(real_encoder: SentenceTransformerEncoder) -> None:
    assert Ranker.load(MINILM.ranker).fingerprint == real_encoder.fingerprint


@pytest.mark.parametrize(
    ("known", "depth", "rank", "size"), [(MINILM, 6, 32, 4_000_000), (MULTILINGUAL_E5, 12, 16, 4_000_000)]
)
def test_what_ships_holds_numbers_for_every_linear_layer_of_its_model(
    known: KnownModel, depth: int, rank: int, size: int
) -> None:
    arrays = Adapter.load(known.adapter).arrays
    layers = {name.rpartition(".")[0] for name in arrays if name.endswith((".down", ".up"))}
    layers -= {name for name in layers if name.startswith("heads.")}
    assert len(layers) == 6 * depth, "of each layer query, key, value, and the three that follow"
    for layer in layers:
        assert arrays[f"{layer}.down"].shape[0] == arrays[f"{layer}.up"].shape[1] == rank
    assert known.adapter.stat().st_size < size
