"""The model card: what the model is, what it learnt from, and where it fails."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.model.bundle import CARD, Bundle
from core.model.memory_file import WIDTH
from core.model.novelty_file import NAME as NOVELTY
from core.taxonomy import BLANK, FLAGS

_ORIGINS = {  # of the weights that training started from, by their hash
    "229b03f93b02b6f9a6b0da6e09e3da5d3dacae2810ec782e459120315a866913": """: the MobileNet-EdgeTPU ImageNet weights that
MLCommons publishes under Apache-2.0 (mlcommons/mobile_models), converted from TFLite""",
    "305758dd9752ebbb5d0811d2cd254f77654f816a377983850503a383cbe6de7f": """: version 1 of this model, which started from
the MobileNet-EdgeTPU ImageNet weights that MLCommons publishes under Apache-2.0""",
}
_SPLIT_NAMES = {"val": "validation (used to choose epoch, temperature and target)", "test": "test"}


def write_card(bundle: Bundle, folder: Path) -> None:
    """Write `README.md` from the bundle's own figures; nothing in it is typed by hand."""
    (folder / CARD).write_text(card_text(bundle), encoding="utf-8")


def card_text(bundle: Bundle) -> str:
    """Return the model card in Markdown."""
    run = bundle.training
    if "source" in run:
        return _added_card(bundle)
    species = [name for name in bundle.classes if name not in FLAGS]
    few = sorted(
        bundle.taxonomy.get(name).scientific_name
        for name in species
        if run["photos_per_class"].get(name, 0) < 5
    )
    total = sum(run["licence_classes"].values())
    unclear = run["licence_classes"].get("unclear", 0)
    traps = run["kinds"].get("camera_trap", 0)
    figures = "\n\n".join(
        _figures(name, bundle.metrics[name]) for name in ("val", "test") if name in bundle.metrics
    )
    kinds = "\n".join(_kind_line(kind, m) for kind, m in bundle.metrics.get("test_by_kind", {}).items())
    return f"""# {bundle.name} {bundle.version}

A wildlife classifier for {len(species)} species{" and frames without an animal" if BLANK in bundle.classes else ""}.
Weights SHA-256 `{bundle.weights_sha256}`.

## What it is

`{bundle.architecture}` (timm), input {bundle.preprocessing.size} x {bundle.preprocessing.size} pixels, fine-tuned
from `{run["init"]}` (SHA-256 `{run["init_sha256"]}`){_ORIGINS.get(run["init_sha256"], "")}.
{_blend(run)}{_head(bundle)}

{_calibration(bundle)}
{_finetune(run)}{_memory(run)}
## What it learnt from

{total} photos ({run["photos"]["train"]} to train, {run["photos"]["val"]} to validate){_backgrounds(run)}. **The provenance of most is unclear**: for
{unclear} of {total} no photo licence is stated by the place they came from. None of them is part of this repository.
Use of the model where that matters is your decision; a model from photos with clear licences will replace it.

| licence class | photos |
| --- | --- |
{_rows(run["licence_classes"])}

| source | photos |
| --- | --- |
{_rows(run["sources"])}

| kind | photos |
| --- | --- |
{_rows(run["kinds"])}

## How good it is

{figures}

{kinds}

At the default target of {bundle.calibration.target:.2f}, {bundle.calibration.target_error:.1%} of the statements about validation photos were wrong.
`python -m core evaluate --model assets/models/... --photos DIR --manifest CSV --split test` prints these figures.

## Where it fails

- Only {traps} of {total} photos are camera-trap frames, most from a handful of cameras. Expect clearly worse results at night, with
  small, blurred or half-hidden animals, and at sites it has never seen.
{_blanks(bundle)}
{_strangers(bundle, len(species))}
- Fewer than five training photos: {", ".join(f"*{name}*" for name in few) or "none"}.
- Several animals in one photo get one answer. People and vehicles are not recognised as such.
- A high probability is a statement about photos like those above, not about yours. Check before you act on it.
"""


def _added_card(bundle: Bundle) -> str:
    """Return the card of a model that somebody else trained."""
    run, c = bundle.training, bundle.calibration
    calibrated = (
        f"calibrated here on {c.n} photos"
        if c.n
        else "not calibrated: nobody has compared its probabilities with photos here"
    )
    figures = "\n\n".join(
        _figures(name, bundle.metrics[name]) for name in ("val", "test") if name in bundle.metrics
    )
    return f"""# {bundle.name}

Added from `{run["source"]}`, trained by others: its own card says on what. Weights SHA-256 `{bundle.weights_sha256}`.

- Licence: {bundle.licence}
- {run["matched"]} of its {run["labels"]} labels mean a taxon or flag that Fieldmark knows (`labels.csv`), {len(bundle.taxonomy.leaves)} species in all.
- Its probabilities are {calibrated}.

{figures}
"""


def _blend(run: Mapping[str, Any]) -> str:
    parts = run.get("blend", ())
    if len(parts) < 2:
        return ""
    shares = ", ".join(f"{part['share']:.0%}" for part in parts)
    return f"""Its weights are the average of {len(parts)} runs that differ in seed, learning rate and augmentation ({shares}), mixed as far as
that lowered the balanced log-loss on validation photos.
"""


def _finetune(run: Mapping[str, Any]) -> str:
    if not (learnt := run.get("finetune")):
        return ""
    new = f" New to it: {', '.join(f'`{name}`' for name in learnt['new'])}." if learnt["new"] else ""
    changed = (
        "Its head and the last blocks of its backbone" if learnt.get("depth") == "blocks" else "Only its head"
    )
    reasons = "\n".join(f"- {reason}" for reason in learnt["reasons"])
    return f"""
It then learnt from {learnt["learnt"]} corrections, on top of {learnt["base"]} (SHA-256 `{learnt["base_sha256"]}`); {learnt["held_out"]} more judged it
and {learnt["left_out"]} were left out.{new} {changed} changed. What follows about photos is about those of the model before.

{reasons}
"""


def _memory(run: Mapping[str, Any]) -> str:
    if not (kept := run.get("memory")):
        return ""
    return f"""
`memory.safetensors` holds what it remembers of its photos: the embeddings, not the photos, of {kept["rehearsed"]} training photos (at most
{kept["each"]} of a class, chosen by herding) and {kept["held_out"]} validation photos, in half precision and {WIDTH} directions. They are rehearsed and judged on
when it learns from corrections.
"""


def _head(bundle: Bundle) -> str:
    if not bundle.head:
        return "Its head is one linear layer."
    names = ", ".join(bundle.head["experts"])
    return f"""Its head has a vector for every taxon, a species being the sum of its lineage, and {len(bundle.head["experts"])} experts
({names}), each trained as if the species were differently common; what is served is their mean."""


def _calibration(bundle: Bundle) -> str:
    c = bundle.calibration
    text = f"Probabilities are calibrated on {c.n} held-out photos: temperature {c.temperature:.3f}"
    if not c.prior:
        return f"{text}."
    heat = ", ".join(f"{value:.2f}" for value in c.rank_temperatures[1:])
    promises = "; ".join(f"{one.error:.0%}: {one.target:.2f}" for one in c.guarantees)
    return f"""{text}, slope of the training prior {c.slope:.2f}, temperatures
of the ranks from phylum to species {heat}. Targets by the share of wrong answers that they
promise for photos like those (conformal risk control): {promises or "too few photos to promise any"}."""


def _backgrounds(run: Mapping[str, Any]) -> str:
    made = run.get("backgrounds", 0)
    return f", and {made} frames without an animal that were cut out of the training photos" if made else ""


def _strangers(bundle: Bundle, species: int) -> str:
    if NOVELTY not in bundle.files:
        return f"""- It knows {species} species. Anything else gets the name of something similar, or a coarser answer; there is no
  "none of these" score."""
    return f"""- It knows {species} species. It scores how likely an animal is none of them, but many such animals still get the
  name of something similar."""


def _blanks(bundle: Bundle) -> str:
    if BLANK not in bundle.classes:
        return "- It knows no empty frames: it names an animal where there is none."
    found = ", ".join(
        f"{round(m['blank_recall'] * m['blanks'])} of {m['blanks']} on {split}"
        for split in ("val", "test")
        if (m := bundle.metrics.get(split)) and m["blank_recall"] is not None
    )
    return f"""- Frames without an animal were learnt from few places and are easily missed; recognised: {found or "none were judged"}. Check
  before you sort out empty frames with it."""


def _rows(counts: Mapping[str, int]) -> str:
    return "\n".join(f"| {name} | {count} |" for name, count in counts.items())


def _figures(split: str, metrics: Mapping[str, Any]) -> str:
    ranks = "\n".join(
        f"| {r['rank']} | {r['top_1']:.3f} | {r['top_5']:.3f} | {r['macro_f1']:.3f} |"
        for r in metrics["ranks"]
    )
    over_all = f"{metrics['macro_f1_all']:.3f} over all classes"
    macro_f1 = f"**{over_all}**"
    if metrics["macro_f1"] is not None:  # None if no species had five photos
        macro_f1 = f"""**{metrics["macro_f1"]:.3f}** over the {metrics["species_judged"]} species with at least
five photos ({over_all})"""
    return f"""On {metrics["n"]} {_SPLIT_NAMES[split]} photos: macro-F1 {macro_f1}, accuracy {metrics["accuracy"]:.3f}, calibration error (ECE) {metrics["ece"]:.3f}.

| rank | right first | in first five | macro-F1 |
| --- | --- | --- | --- |
{ranks}"""


def _kind_line(kind: str, metrics: Mapping[str, Any]) -> str:
    return (
        f"- Test photos of kind `{kind}` ({metrics['n']}): accuracy {metrics['accuracy']:.3f}, "
        f"ECE {metrics['ece']:.3f}, wrong statements {metrics['answer_error']:.1%}."
    )
