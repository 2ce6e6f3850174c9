"""What people corrected, as something that a model can learn from."""

import hashlib
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from core.errors import TrainingError
from core.taxonomy import FLAGS, Rank, Taxonomy

NEEDED = 3  # photos of a species that the model does not know, before it is taken in
HELD_OUT_FROM = 20  # corrections, from which some are held out to judge
HELD_OUT_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says that a photo shows.

    Attributes:
        sha256: Of the photo's file.
        label: Taxon id of any rank, or a label of `FLAGS` such as `BLANK`.
        group: Burst, near-duplicates or camera: whole groups are held out, and never straddle; `""` for a photo alone.
        weight: How much the photo counts in training, in (0, 1].
        held_out: Whether it only judges, never trains. `None` lets `finetune` choose; if any row says `True` or
            `False`, rows with `None` train.
        contested: People disagree about it; it is left out.
    """

    sha256: str
    label: str
    group: str = ""
    weight: float = 1.0
    held_out: bool | None = None
    contested: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A correction that was not learnt from, and why, as a sentence for people."""

    sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """Corrections that can be learnt from, under labels that the new model has.

    Attributes:
        taxonomy, classes: Of the new model.
        train, held_out: No group is in both.
        new: Classes that the old model does not have.
        reasons: What was decided, a sentence each.
    """

    taxonomy: Taxonomy
    classes: tuple[str, ...]
    train: tuple[Correction, ...]
    held_out: tuple[Correction, ...]
    new: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    reasons: tuple[str, ...]


def screen(
    corrections: Sequence[Correction], taxonomy: Taxonomy
) -> tuple[tuple[Correction, ...], tuple[LeftOut, ...]]:
    """Return each photo once, and what nobody can learn from.

    Raises:
        TrainingError: There are no corrections, all are contested, or a label is unknown to the taxonomy.
    """
    if not corrections:
        raise TrainingError("there are no corrections to learn from; correct some photos first")
    if strays := sorted({c.label for c in corrections if c.label not in taxonomy and c.label not in FLAGS}):
        more = f" and {len(strays) - 5} more" if len(strays) > 5 else ""
        raise TrainingError(
            f"the taxonomy has no {', '.join(strays[:5])}{more}; import one that does, or correct these labels"
        )
    if wrong := [c.sha256 for c in corrections if not 0 < c.weight <= 1]:
        raise TrainingError(f"the weight of photo {wrong[0][:12]} is not above 0 and at most 1")
    labels: dict[str, set[str]] = {}
    for one in corrections:
        labels.setdefault(one.sha256, set()).add(one.label)
    kept, left_out = [], []
    for sha256, one in {c.sha256: c for c in corrections}.items():
        if one.contested:
            left_out.append(LeftOut(sha256, "people disagree about it"))
        elif len(labels[sha256]) > 1:
            left_out.append(LeftOut(sha256, "it is listed under several labels"))
        else:
            kept.append(one)
    if not kept:
        raise TrainingError(
            f"all {len(left_out)} corrections are contested; agree on some of them before a model learns from them"
        )
    return tuple(kept), tuple(left_out)


def plan(
    corrections: Sequence[Correction],
    taxonomy: Taxonomy,
    known: Taxonomy,
    classes: Sequence[str],
    *,
    judged_before: Container[str] = (),
) -> Lesson:
    """Decide which species are new, what coarse labels mean to the model, and which photos only judge.

    Args:
        corrections: From `screen`, of photos that can be read.
        taxonomy: Knows every label.
        known, classes: Of the old model.
        judged_before: Hashes of photos that the old model was judged on: they go on judging.

    Raises:
        TrainingError: Nothing is left to learn from.
    """
    train, held_out, reasons = _hold_out(corrections, judged_before)
    shown = Counter(one.label for one in train)
    fresh = [
        name for name, count in sorted(shown.items()) if name not in classes and count >= NEEDED
        and (name in FLAGS or taxonomy.get(name).rank is Rank.SPECIES)
    ]  # fmt: skip
    species = [name for name in fresh if name not in FLAGS]
    tree = _grown(known, taxonomy, species)
    flags = tuple(name for name in FLAGS if name in classes or name in fresh)
    names = tuple(leaf.id for leaf in tree.leaves) + flags
    for name in species:
        count = shown[name]
        reasons.append(
            f"{taxonomy.get(name).scientific_name} is new to the model and is taken in from {count} photos"
        )
    left_out: list[LeftOut] = []
    parts: list[tuple[Correction, ...]] = []
    for rows in (train, held_out):
        kept = []
        for one in rows:
            label = _meaning(one.label, taxonomy, tree, names)
            if label is None:
                left_out.append(LeftOut(one.sha256, _no_use(one.label, shown[one.label])))
            else:
                kept.append(replace(one, label=label))
        parts.append(tuple(kept))
    coarser = Counter(one.label for one in train if one.label in taxonomy and one.label not in tree)
    for name, count in sorted(coarser.items()):
        taxon, above = taxonomy.get(name), _meaning(name, taxonomy, tree, names)
        if above is not None:
            reasons.append(
                f"{taxon.scientific_name} has {count} of the {NEEDED} photos that a new species needs; until then they "
                f"count as {tree.get(above).scientific_name}"
            )
    if not parts[0]:
        why = Counter(one.reason for one in left_out).most_common(3)
        raise TrainingError(
            "none of the corrections can be learnt from: "
            + (
                "; ".join(f"{count} because {reason}" for reason, count in why)
                or "they are all held out to judge"
            )
        )
    if len({one.label for one in parts[0]}) == 1:
        reasons.append(
            "all corrections name one taxon: only what the model remembers keeps it from seeing that taxon everywhere"
        )
    return Lesson(tree, names, parts[0], parts[1], tuple(fresh), tuple(left_out), tuple(reasons))


def _hold_out(
    corrections: Sequence[Correction], judged_before: Container[str]
) -> tuple[list[Correction], list[Correction], list[str]]:
    """Return what trains, what judges, and the reason; whole groups, chosen by their hash, once for ever."""
    groups: dict[str, list[Correction]] = {}
    for one in corrections:
        groups.setdefault(one.group or one.sha256, []).append(one)
    told = any(one.held_out is not None for one in corrections)
    judge = {
        name for name, rows in groups.items() if any(c.held_out or c.sha256 in judged_before for c in rows)
    }
    reasons = []
    if told:
        reasons.append("which corrections judge and which train was decided before")
    elif len(corrections) < HELD_OUT_FROM:
        reasons.append(
            f"{len(corrections)} corrections are too few to hold some out; how well they are learnt is judged on themselves"
        )
    else:
        left = Counter(c.label for name, rows in groups.items() if name not in judge for c in rows)
        for name in sorted(groups, key=_place):
            own = Counter(c.label for c in groups[name])
            spared = all(left[label] - count >= NEEDED for label, count in own.items())
            if name not in judge and _place(name) < HELD_OUT_SHARE and spared:
                judge.add(name)
                left -= own
    train = [c for name, rows in groups.items() if name not in judge for c in rows]
    held_out = [c for name, rows in groups.items() if name in judge for c in rows]
    if not told and len(corrections) >= HELD_OUT_FROM:
        reasons.append(
            f"{len(held_out)} of {len(corrections)} corrections are held out to judge, whole bursts of them"
            if held_out
            else f"no taxon has more than the {NEEDED} corrections that train, so none are held out to judge"
        )
    return train, held_out, reasons


def _place(group: str) -> float:
    return int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) / 2**32


def _grown(known: Taxonomy, taxonomy: Taxonomy, species: Sequence[str]) -> Taxonomy:
    """Return the old tree with more species, each under its nearest ancestor that the old tree has."""
    added = {taxon.id: taxon for name in species for taxon in taxonomy.lineage(name) if taxon.id not in known}
    return type(known)([*known.order, *added.values()]) if added else known


def _meaning(label: str, taxonomy: Taxonomy, tree: Taxonomy, classes: Sequence[str]) -> str | None:
    """Return the label itself or its nearest ancestor that says something, `None` where nothing does."""
    if label in FLAGS:
        return label if label in classes else None
    for taxon in reversed(taxonomy.lineage(label)):
        if taxon.id in tree:
            says_something = len(tree.leaves_under(taxon.id)) < len(classes)
            return taxon.id if says_something else None
    return None


def _no_use(label: str, count: int) -> str:
    if label in FLAGS:
        return f"the model has no class {label!r}, and {count} photos of the {NEEDED} needed do not make one"
    return f"{label!r} holds for every class of the model"
