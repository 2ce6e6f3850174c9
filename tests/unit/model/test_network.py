"""Backbone and head together."""

import pytest
import torch

from core.errors import BundleError
from core.model.network import Network, create_network
from core.model.tree_head import HeadSpec
from tests.unit.model.test_tree_head import CLASSES, TREE

ARCHITECTURE = "test_efficientnet"
IMAGES = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def make(head: dict[str, object] | None = None) -> Network:
    torch.manual_seed(2)
    record = HeadSpec().to_record() if head is None else head
    return create_network(ARCHITECTURE, {}, record, CLASSES, TREE).eval()


@pytest.mark.parametrize("head", [{}, None])
def test_features_and_scores_together_are_the_network(head: dict[str, object] | None) -> None:
    network = make(head)
    with torch.no_grad():
        assert torch.equal(network(IMAGES), network.scores(network.features(IMAGES)))
        assert network(IMAGES).shape == (2, len(network.experts), 4)


def test_experts_have_names() -> None:
    assert make().experts == ("softmax", "balanced", "inverse")
    assert make({}).experts == ("softmax",)


@pytest.mark.parametrize("head", [{}, None])
def test_what_is_stored_answers_the_same(head: dict[str, object] | None) -> None:
    network, other = make(head), make(head)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    other.load_weights(network.stored_weights())
    with torch.no_grad():
        torch.testing.assert_close(other(IMAGES), network(IMAGES), atol=0.05, rtol=0.05)
    kinds = {name: value.dtype for name, value in network.stored_weights().items()}
    prefix = "" if head == {} else "backbone."
    assert kinds[f"{prefix}conv_stem.weight"] == torch.float16
    assert kinds[f"{prefix}bn1.running_var"] == torch.float32


def test_a_head_from_the_future_is_refused() -> None:
    with pytest.raises(BundleError, match="unknown kind 'forest'"):
        make({"kind": "forest"})
