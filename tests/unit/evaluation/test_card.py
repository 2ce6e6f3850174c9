"""The model card says what the description says, and nothing else."""

from dataclasses import replace

import pytest

from core.evaluation.card import card_text, write_card
from core.model import Bundle, read_bundle
from core.model.bundle import CARD
from core.settings import ROOT
from core.taxonomy import BLANK


def test_the_shipped_card_is_the_one_that_its_description_gives(bundle: Bundle) -> None:
    assert bundle.folder is not None
    assert (bundle.folder / CARD).read_text(encoding="utf-8") == card_text(bundle)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """Version 1, which was judged on both splits."""
    return read_bundle(ROOT / "assets" / "models" / "fieldmark-1")


@pytest.mark.parametrize("split", ["val", "test"])
def test_every_figure_is_the_bundles(bundle: Bundle, split: str) -> None:
    metrics, card = bundle.metrics[split], card_text(bundle)
    assert f"On {metrics['n']} " in card
    assert f"accuracy {metrics['accuracy']:.3f}, calibration error (ECE) {metrics['ece']:.3f}" in card
    for rank in metrics["ranks"]:
        row = f"| {rank['rank']} | {rank['top_1']:.3f} | {rank['top_5']:.3f} | {rank['macro_f1']:.3f} |"
        assert row in card


def test_other_figures_give_another_card(bundle: Bundle) -> None:
    worse = {**bundle.metrics, "test": {**bundle.metrics["test"], "accuracy": 0.1234}}
    assert "accuracy 0.123" in card_text(replace(bundle, metrics=worse))


def test_a_model_that_was_never_tested_claims_no_test_figures(bundle: Bundle) -> None:
    card = card_text(replace(bundle, metrics={"val": bundle.metrics["val"]}))
    assert "test photos" not in card
    assert "Test photos" not in card
    assert "recognised: 12 of 13 on val. Check" in card


def test_origin_is_claimed_only_for_the_weights_it_is_known_of(bundle: Bundle) -> None:
    assert "MLCommons publishes" in card_text(bundle)
    other = {**bundle.training, "init": "mine.safetensors", "init_sha256": "0" * 64}
    card = card_text(replace(bundle, training=other))
    assert "MLCommons" not in card
    assert f"`mine.safetensors` (SHA-256 `{'0' * 64}`).\nIts head" in card


def test_a_model_without_blanks_promises_none(bundle: Bundle) -> None:
    species = tuple(name for name in bundle.classes if name != BLANK)
    card = card_text(replace(bundle, classes=species))
    assert "160 species.\n" in card
    assert "frames without an animal" not in card.lower()
    assert "knows no empty frames" in card


def test_blanks_that_nobody_judged_are_not_counted(bundle: Bundle) -> None:
    unjudged = {"val": {**bundle.metrics["val"], "blanks": 0, "blank_recall": None}}
    assert "recognised: none were judged. Check" in card_text(replace(bundle, metrics=unjudged))


def test_species_with_few_photos_are_listed_by_their_scientific_name(bundle: Bundle) -> None:
    counts = dict.fromkeys(bundle.classes, 5)
    full = {**bundle.training, "photos_per_class": counts}
    assert "Fewer than five training photos: none." in card_text(replace(bundle, training=full))
    few = {**bundle.training, "photos_per_class": {**counts, "panthera-leo": 4, BLANK: 0}}
    assert "Fewer than five training photos: *Panthera leo*." in card_text(replace(bundle, training=few))


def test_the_card_is_written_beside_the_weights(bundle: Bundle, tmp_path) -> None:
    write_card(bundle, tmp_path)
    assert (tmp_path / CARD).read_text(encoding="utf-8") == card_text(bundle)


def test_a_tree_of_experts_and_what_it_promises_are_described() -> None:
    newest = read_bundle(ROOT / "assets" / "models" / "fieldmark-2")
    card = card_text(newest)
    assert "3 experts\n(softmax, balanced, inverse)" in card
    assert f"slope of the training prior {newest.calibration.slope:.2f}" in card
    assert f"2%: {newest.calibration.guarantees[1].target:.2f}" in card
    assert f"{newest.training['backgrounds']} frames without an animal that were cut out" in card
    assert "scores how likely an animal is none of them" in card
    assert "version 1 of this model" in card


def test_an_older_model_claims_none_of_that(bundle: Bundle) -> None:
    card = card_text(bundle)
    assert "one linear layer" in card
    assert "experts" not in card
    assert "promise" not in card
    assert 'no\n  "none of these" score.' in card


def test_a_blend_says_what_it_is_made_of(bundle: Bundle) -> None:
    parts = [{"model": "a", "sha256": "0", "share": 0.75}, {"model": "b", "sha256": "1", "share": 0.25}]
    card = card_text(replace(bundle, training={**bundle.training, "blend": parts}))
    assert "average of 2 runs that differ in seed, learning rate and augmentation (75%, 25%)" in card
    assert "average of" not in card_text(replace(bundle, training={**bundle.training, "blend": parts[:1]}))


def test_a_model_of_other_people_has_a_card_of_its_own(bundle: Bundle) -> None:
    run = {"source": "hf-hub:them/lions", "labels": 20, "matched": 12}
    plain = replace(
        bundle, training=run, metrics={}, calibration=replace(bundle.calibration, n=0), licence="mit"
    )
    card = card_text(plain)
    assert "Added from `hf-hub:them/lions`, trained by others" in card
    assert "Licence: mit" in card
    assert "12 of its 20 labels" in card
    assert "not calibrated" in card
    judged = replace(plain, metrics={"val": bundle.metrics["val"]}, calibration=bundle.calibration)
    assert "calibrated here on" in card_text(judged)
    assert "On 1141 validation" in card_text(judged)
