"""Zero-shot models."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import BundleError
from core.model.clip_classifier import TEXTS, embed_classes, sentences
from core.taxonomy import Rank, Taxon
from core.taxonomy.tree import Taxonomy
from tests.unit.evaluation.worlds import TREE
from tests.unit.model.foreign import clip_folder

CATS = Taxonomy(
    [
        Taxon("felidae", Rank.FAMILY, "Felidae", None, {"en": "Cats"}),
        Taxon("panthera", Rank.GENUS, "Panthera", "felidae"),
        Taxon("panthera-leo", Rank.SPECIES, "Panthera leo", "panthera", {"en": "Lion"}),
        Taxon("panthera-onca", Rank.SPECIES, "Panthera onca", "panthera"),
    ]
)


def test_a_taxon_is_described_by_lineage_and_name() -> None:
    assert sentences("panthera-leo", CATS) == (
        "a photo of Felidae Panthera leo with common name Lion.", "a photo of a Lion.",
    )  # fmt: skip
    assert sentences("panthera-onca", CATS) == (
        "a photo of Felidae Panthera onca.",
        "a photo of Panthera onca.",
    )
    assert sentences("felidae", CATS)[1] == "a photo of a Cats."


def test_every_class_gets_a_vector_as_open_clip_would_make_it(tmp_path: Path) -> None:
    import open_clip

    folder = clip_folder(tmp_path / "c")
    names = [leaf.id for leaf in TREE.leaves]
    seen: list[tuple[int, int]] = []
    found = embed_classes(folder, names, TREE, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(len(names), len(names))]
    model = open_clip.create_model(f"local-dir:{folder}").eval()
    tokenize = open_clip.get_tokenizer(f"local-dir:{folder}")
    with torch.inference_mode():
        vectors = model.encode_text(tokenize(list(sentences(names[3], TREE))), normalize=True)
        expected = torch.nn.functional.normalize(vectors.mean(dim=0), dim=-1) * model.logit_scale.exp()
    np.testing.assert_allclose(found[TEXTS][3], expected, atol=1e-5)
    assert {name for name in found if not name.startswith("visual.")} == {TEXTS}


def test_scores_are_those_of_open_clip(tmp_path: Path) -> None:
    import open_clip

    from tests.unit.test_add import add

    folder = clip_folder(tmp_path / "c")
    classifier = add(str(folder), tmp_path / "models")
    pixels = np.random.default_rng(0).normal(0, 1, (3, 3, 32, 32)).astype(np.float32)
    found = classifier.predict(list(pixels))
    model = open_clip.create_model(f"local-dir:{folder}").eval()
    with torch.inference_mode():
        features = model.encode_image(torch.from_numpy(pixels), normalize=True)
    np.testing.assert_allclose(found.embeddings, features, atol=1e-5)
    assert np.exp(found.logits).sum(axis=1) == pytest.approx(1.0, abs=1e-4)


def test_a_folder_that_open_clip_cannot_read_is_named(tmp_path: Path) -> None:
    folder = clip_folder(tmp_path / "c")
    (folder / "open_clip_config.json").write_text('{"model_cfg": {"embed_dim": 3}}', encoding="utf-8")
    with pytest.raises(BundleError, match="open_clip cannot load"):
        embed_classes(folder, ["s0-0"], TREE)
