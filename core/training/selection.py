"""Which labels a model may learn from, and why not from the others."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.store.datasets import LabelFacts, ManifestRow
from core.taxonomy import Taxonomy

AGREED = 2 / 3  # share of the people who must say the same, as for a consensus
ONE_VOTE, PROBABLE = 0.7, 0.7  # factors of the weight


class Exclusion(StrEnum):
    """Why a label teaches nothing."""

    CONTESTED = "contested"
    BULK = "bulk"
    UNSURE = "unsure"
    PERSON = "person"
    SEVERAL = "several"
    UNKNOWN_TAXON = "unknown_taxon"
    PHOTO_GONE = "photo_gone"
    QUARANTINED = "quarantined"


IN_WORDS = {
    Exclusion.CONTESTED: "people disagree about it",
    Exclusion.BULK: "labelled together with many others, without a look at each",
    Exclusion.UNSURE: "labelled as a guess",
    Exclusion.PERSON: "a person is in the frame",
    Exclusion.SEVERAL: "several species are in it",
    Exclusion.UNKNOWN_TAXON: "its label is not in the taxonomy in use",
    Exclusion.PHOTO_GONE: "the photo is gone",
    Exclusion.QUARANTINED: "it links photos to learn from with photos to test on",
}


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be changed about the choice.

    Attributes:
        bulk: Learn also from labels that were given to many photos at once.
    """

    bulk: bool = False


def select_rows(
    labels: Sequence[LabelFacts],
    splits: Mapping[str, str],
    taxonomy: Taxonomy,
    *,
    is_there: Callable[[str], bool],
    policy: Policy = Policy(),
) -> list[ManifestRow]:
    """Return a row for every label, in the order given.

    One person's label weighs less than two people's, and one that is only probable less than a sure one.

    Args:
        splits: Split of every photo by hash, `"none"` for those in quarantine.
        is_there: Whether a photo's file still exists.
    """
    rows = []
    for label in labels:
        split = splits.get(label.sha256, "none")
        reason = _why_not(label, split, taxonomy, is_there, policy)
        weight = (1.0 if label.votes > 1 else ONE_VOTE) * (PROBABLE if label.certainty == "probable" else 1.0)
        rows.append(ManifestRow(label.sha256, label.event, label.taxon, split, round(weight, 4), reason))
    return rows


def _why_not(
    label: LabelFacts, split: str, taxonomy: Taxonomy, is_there: Callable[[str], bool], policy: Policy
) -> Exclusion | None:
    tests = (
        (Exclusion.UNKNOWN_TAXON, label.taxon is not None and label.taxon not in taxonomy),
        (Exclusion.CONTESTED, label.voters > 1 and label.votes / label.voters <= AGREED),
        (Exclusion.PERSON, label.person),
        (Exclusion.SEVERAL, label.several),
        (Exclusion.UNSURE, label.certainty == "guess"),
        (Exclusion.BULK, label.bulk and not policy.bulk),
        (Exclusion.QUARANTINED, split == "none"),
        (Exclusion.PHOTO_GONE, not is_there(label.sha256)),
    )
    return next((reason for reason, holds in tests if holds), None)


@dataclass(frozen=True, slots=True)
class Summary:
    """How many photos a dataset has for what, and how many were left out by reason."""

    train: int
    held_out: int
    taxa: int
    left_out: Mapping[Exclusion, int]


def summarise(rows: Sequence[ManifestRow]) -> Summary:
    """Count."""
    used = [row for row in rows if row.left_out is None]
    return Summary(
        train=sum(row.split == "train" for row in used),
        held_out=sum(row.split in ("val", "test") for row in used),
        taxa=len({row.taxon for row in used if row.split == "train"}),
        left_out={
            Exclusion(reason): n for reason, n in Counter(r.left_out for r in rows).most_common() if reason
        },
    )
