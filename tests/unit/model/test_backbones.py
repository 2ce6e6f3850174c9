"""Networks from timm."""

from typing import Any, cast

import pytest
import torch
from torch import nn

from core.errors import BundleError
from core.model.backbones import (
    classify_features,
    create_backbone,
    cut,
    depths,
    feature_maps,
    feature_width,
    place,
    pooled_features,
    stage_maps,
)

TINY = "test_efficientnet"  # timm's own network for tests, 0.1 M weights


def test_a_network_ends_in_a_linear_layer_of_the_right_width() -> None:
    head = cast(Any, create_backbone(TINY, 7)).get_classifier()
    assert isinstance(head, nn.Linear)
    assert head.out_features == 7


def test_features_and_head_together_are_the_network() -> None:
    torch.manual_seed(0)
    network = place(create_backbone(TINY, 5).eval(), "cpu")
    images = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        features = pooled_features(network, images)
        assert features.shape == (2, feature_width(network))
        assert torch.allclose(classify_features(network, features), network(images), atol=1e-5)


@pytest.mark.parametrize("name", [TINY, "test_vit", "test_resnet"])
def test_every_parameter_has_a_depth(name: str) -> None:
    network = create_backbone(name, 0)
    found = depths(network)
    assert found.keys() == dict(network.named_parameters()).keys()
    assert min(found.values()) == 0
    assert max(found.values()) >= 2


@pytest.mark.parametrize("name", [TINY, "test_resnet", "test_convnext"])
@pytest.mark.parametrize("stages", [1, 2])
def test_a_cut_network_is_the_network(name: str, stages: int) -> None:
    torch.manual_seed(0)
    network = create_backbone(name, 0).eval()
    deepest = max(depths(network).values())
    parts = cut(network, deepest + 1 - stages, 96)
    assert parts is not None
    images = torch.randn(2, 3, 96, 96)
    with torch.inference_mode():
        found = pooled_features(parts[1], stage_maps(parts[0], images))
        assert torch.allclose(found, pooled_features(network, images), atol=1e-4)
    late = {name for name, depth in depths(network).items() if depth > deepest - stages}
    assert set(dict(parts[1].named_parameters())) == late
    assert not late & set(dict(parts[0].named_parameters()))


def test_a_network_that_does_more_between_its_stages_cannot_be_cut() -> None:
    network = create_backbone("test_vit", 0)
    assert cut(network, max(depths(network).values()), 160) is None


def test_maps_are_what_is_pooled() -> None:
    network = create_backbone(TINY, 0).eval()
    images = torch.randn(1, 3, 64, 64)
    maps = feature_maps(network, images)
    assert maps is not None
    assert maps.shape[1] == feature_width(network)
    assert torch.allclose(maps.mean(dim=(2, 3)), pooled_features(network, images), atol=1e-5)
    assert feature_maps(create_backbone("test_vit", 0).eval(), torch.randn(1, 3, 160, 160)) is None


@pytest.mark.parametrize(
    ("name", "options"),
    [("no_such_network", {}), ("", {}), (TINY, {"no_such_option": 1}), (TINY, {"act_layer": "nonsense"})],
)
def test_what_timm_cannot_make_is_explained(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(BundleError, match="timm cannot create"):
        create_backbone(name, 2, options)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("hf-hub:someone/model", {}),
        ("local-dir:/tmp", {}),
        ("timm/test_efficientnet", {}),
        (TINY, {"pretrained": True}),
        (TINY, {"checkpoint_path": "/tmp/weights.pth"}),
        (TINY, {"pretrained_cfg": {"url": "https://example.org/weights.pth"}}),
    ],
)
def test_a_description_never_makes_timm_fetch_anything(
    name: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        pytest.fail("timm was asked for it")

    monkeypatch.setattr("timm.create_model", refuse)
    with pytest.raises(BundleError, match="timm cannot create"):
        create_backbone(name, 2, options)


def test_a_linear_stem_takes_one_activation_out() -> None:
    options = {"pad_type": "same"}
    plain = create_backbone("mobilenet_edgetpu_100", 2, options)
    linear = create_backbone("mobilenet_edgetpu_100", 2, {**options, "linear_stem": True})
    assert isinstance(cast(Any, plain).blocks[0][0].bn1.act, nn.ReLU)
    assert isinstance(cast(Any, linear).blocks[0][0].bn1.act, nn.Identity)
    assert options == {"pad_type": "same"}  # the caller's own are not changed
    assert plain.state_dict().keys() == linear.state_dict().keys()


def test_a_linear_stem_without_such_a_stem_is_explained() -> None:
    with pytest.raises(BundleError, match="linear_stem"):
        create_backbone("test_vit", 2, {"linear_stem": True})
