"""The head that knows the tree."""

from dataclasses import replace

import pytest
import torch

from core.errors import BundleError
from core.model.tree_head import HeadSpec, TreeHead
from core.taxonomy import BLANK, Rank, Taxon, Taxonomy

TREE = Taxonomy(
    [
        Taxon("felidae", Rank.FAMILY, "Felidae", None),
        Taxon("lynx", Rank.GENUS, "Lynx", "felidae"),
        Taxon("panthera", Rank.GENUS, "Panthera", "felidae"),
        Taxon("lynx-lynx", Rank.SPECIES, "Lynx lynx", "lynx"),
        Taxon("panthera-leo", Rank.SPECIES, "Panthera leo", "panthera"),
        Taxon("panthera-onca", Rank.SPECIES, "Panthera onca", "panthera"),
    ]
)
CLASSES = ("panthera-onca", "lynx-lynx", "panthera-leo", BLANK)
SPECS = [
    HeadSpec(),
    HeadSpec(experts=("softmax",)),
    HeadSpec(shared=False),
    HeadSpec(cosine=False),
    HeadSpec(width=5),
    HeadSpec(width=5, cosine=False, shared=False),
]


def head(spec: HeadSpec = SPECS[0], d: int = 8) -> TreeHead:
    torch.manual_seed(0)
    found = TreeHead(TREE, CLASSES, d, spec).eval()
    with torch.no_grad():
        found.vectors.normal_()
        found.bias.normal_()
    found.standardise(torch.randn(50, d) * 2 + 1)
    return found


def features(n: int = 6, d: int = 8) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("spec", SPECS)
def test_logits_by_expert_and_class(spec: HeadSpec) -> None:
    with torch.no_grad():
        assert head(spec)(features()).shape == (6, len(spec.experts), 4)


@pytest.mark.parametrize("spec", SPECS)
def test_what_is_served_is_what_was_trained(spec: HeadSpec) -> None:
    one = head(spec)
    with torch.no_grad():
        torch.testing.assert_close(one.folded()(features()), one(features()), atol=1e-5, rtol=1e-5)


def test_a_species_is_the_sum_of_its_lineage() -> None:
    one = head(HeadSpec(cosine=False))
    with torch.no_grad():
        one.bias.zero_()
        x = (features() - one.centre) / one.spread
        logits = one(features())
        nodes = [*TREE.lineage("panthera-leo")]
        first = {
            name: i for i, name in enumerate(["felidae", "panthera", "panthera-onca", "lynx", "lynx-lynx"])
        }
        potentials = torch.einsum("nd,emd->nem", x, one.vectors)
        expected = potentials[..., [first["felidae"], first["panthera"]]].sum(-1) + potentials[..., 5]
    assert [taxon.id for taxon in nodes] == ["felidae", "panthera", "panthera-leo"]
    torch.testing.assert_close(logits[..., 2], expected)


def test_sisters_share_what_their_genus_learns() -> None:
    one = head()
    before = one(features()).detach()
    with torch.no_grad():
        one.vectors[:, 1] += 1.0  # Panthera
    change = (one(features()) - before).abs().amax(dim=(0, 1)).detach()
    assert (change[[0, 2]] > 1e-3).all()
    assert (change[[1, 3]] < 1e-6).all()


def test_the_flat_head_has_no_ancestors() -> None:
    assert head(HeadSpec(shared=False)).vectors.shape[1] == 4
    assert head().vectors.shape[1] == 7


def test_a_cosine_head_reads_directions_only() -> None:
    one = head()
    x = features()
    with torch.no_grad():
        scaled = one.centre + 5 * (x - one.centre)
        torch.testing.assert_close(one(scaled), one(x), atol=1e-5, rtol=1e-5)


def test_it_goes_on_from_a_linear_layer() -> None:
    one = TreeHead(TREE, CLASSES, 8, HeadSpec(cosine=False)).eval()
    weight, bias, offsets = torch.randn(4, 8), torch.randn(4), torch.randn(3, 4)
    one.continue_from(weight, bias, offsets)
    with torch.no_grad():
        found = one(features()) + offsets
    for expert in range(3):
        torch.testing.assert_close(found[:, expert], features() @ weight.T + bias)
    with pytest.raises(BundleError, match="plain products"):
        head().continue_from(weight, bias, offsets)


@pytest.mark.parametrize("spec", SPECS)
def test_it_goes_on_from_a_tree_head_of_fewer_classes(spec: HeadSpec) -> None:
    old = TreeHead(TREE.subtree(CLASSES[:-2]), [*CLASSES[:-2], *CLASSES[-1:]], 8, spec).eval()
    old.standardise(features() * 2)
    new = TreeHead(TREE, CLASSES, 8, spec).eval()
    new.continue_from_tree(old)
    known = [CLASSES.index(name) for name in old.classes]
    with torch.no_grad():
        torch.testing.assert_close(new(features())[..., known], old(features()), atol=1e-5, rtol=1e-5)
    with pytest.raises(BundleError, match="cannot go on"):
        TreeHead(TREE, CLASSES, 8, replace(spec, experts=("inverse",))).continue_from_tree(old)


def test_a_record_comes_back() -> None:
    for spec in SPECS:
        assert HeadSpec.from_record(spec.to_record()) == spec


@pytest.mark.parametrize("record", [{}, {"kind": "tree"}, {"kind": "tree", "experts": ["a"], "colour": 1}])
def test_a_strange_record_is_refused(record: dict[str, object]) -> None:
    with pytest.raises(BundleError, match="head is not one"):
        HeadSpec.from_record(record)
