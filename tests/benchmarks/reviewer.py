"""How many labels a reviewer who is always right must give, until nearly all photos of a folder are right.

`python -m tests.benchmarks.reviewer PHOTOS` looks at the photos of the split val of `PHOTOS/manifest.csv` with the default model (the
split test is not read), then goes through them in the order of our queue, in a random one, and the least sure first. A photo is
right once it is labelled, or if the model's best species lies at or below its label. Intervals come from drawing whole groups.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.identify import Request, identify
from core.model import read_bundle
from core.model.loading import load_classifier
from core.review.queue import AUDIT_SHARE, place, weave
from core.settings import ROOT, Settings
from core.species import load_cards
from core.species.explore import THREATENED
from core.store import Unreviewed
from core.store.ledger import displayed_taxon
from core.taxonomy import BLANK, Taxonomy
from core.training.manifest import read_manifest

DRAWS = 200
GOALS = (0.95, 0.98)
LEAST_SURE = "least sure first"
NOT_CHOSEN = "1" * 64  # the hash of a photo that is not of the audit
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Seen:
    """A photo, what it shows and what the model said."""

    sha256: str
    label: str
    group: str
    displayed: str | None
    top_k: tuple[tuple[str, float], ...]

    def is_right(self, taxonomy: Taxonomy) -> bool:
        """Whether the photo is right without a look: at species, or as fine as its label is."""
        if self.label == BLANK or self.displayed == BLANK:
            return self.label == self.displayed
        best = self.top_k[0][0] if self.top_k else ""
        return best in taxonomy and self.label in {one.id for one in taxonomy.lineage(best)}


class Orders:
    """The orders in which the photos of a draw may be looked at; each returns positions in `rows`."""

    def __init__(self, photos: Sequence[Seen], learnt_from: dict[str, int]) -> None:
        cards = load_cards(ROOT / "species_info")
        threatened = frozenset(card.taxon for card in cards.values() if card.iucn in THREATENED)
        placed = [
            place(
                Unreviewed(one.sha256, 0, one.displayed, one.top_k, ""),
                threatened=threatened, learnt_from=learnt_from,
            )
            for one in photos
        ]  # fmt: skip
        self.value = np.array([one.priority for one in placed])
        self.audit = np.array([one.audit for one in placed])
        # What `place` would say of a photo that the audit did not choose.
        self.worth = np.array(
            [
                place(
                    Unreviewed(NOT_CHOSEN, 0, one.displayed, one.top_k, ""),
                    threatened=threatened, learnt_from=learnt_from,
                ).priority
                for one in photos
            ]
        )  # fmt: skip
        self.chance = np.array([one.top_k[0][1] if one.top_k else 0.0 for one in photos])

    def queue(self, rows: Rows, rng: np.random.Generator) -> Rows:
        """Our queue: by value, every tenth from the audit in the order of chance."""
        return self._woven(self.value[rows], rows)

    def unweighted(self, rows: Rows, rng: np.random.Generator) -> Rows:
        """The same with every species alike."""
        return self._woven(np.where(self.audit, self.value, 1 - self.chance)[rows], rows)

    def by_both(self, rows: Rows, rng: np.random.Generator) -> Rows:
        """Our queue if the audit did not keep its photos to itself: they come by value, too, and a chosen one that was seen is passed over.

        An estimate from it may count only photos of the audit up to the last one that was asked for by chance.
        """
        by_value = iter(np.argsort(-self.worth[rows], kind="stable"))
        by_chance = np.argsort(-self.value[rows], kind="stable")
        chosen = iter(by_chance[self.audit[rows][by_chance]])
        seen: dict[int, None] = {}
        for number in range(1, len(rows) + 1):
            kinds = (chosen, by_value) if number % AUDIT_SHARE == 0 else (by_value,)
            seen[next(int(one) for kind in kinds for one in kind if int(one) not in seen)] = None
        return np.array(list(seen))

    def least_sure(self, rows: Rows, rng: np.random.Generator) -> Rows:
        """The least sure first."""
        return np.argsort(self.chance[rows], kind="stable")

    def _woven(self, value: NDArray[np.float64], rows: Rows) -> Rows:
        by_value = np.argsort(-value, kind="stable")
        audit = self.audit[rows][by_value]
        return np.array(list(weave(by_value[~audit], by_value[audit])))

    def random(self, rows: Rows, rng: np.random.Generator) -> Rows:
        """Any order."""
        return rng.permutation(len(rows))


def labels_needed(order: Rows, wrong: NDArray[np.bool_], goal: float) -> int:
    """Return after how many labels a share of `goal` of all photos is right."""
    left = int(wrong.sum()) - int(np.floor((1 - goal) * len(wrong) + 1e-9))
    if left <= 0:
        return 0
    return int(np.flatnonzero(np.cumsum(wrong[order]) >= left)[0]) + 1


def look(photos: Path, manifest: Path, cache: Path | None) -> list[Seen]:
    """Return what the default model says of the photos of the split val, from the cache if it is there."""
    bundle = read_bundle(Settings().model)
    kept = cache / f"reviewer-{bundle.weights_sha256[:12]}.json" if cache else None
    if kept is not None and kept.is_file():
        rows = json.loads(kept.read_text(encoding="utf-8"))
        return [Seen(**{**row, "top_k": tuple(map(tuple, row["top_k"]))}) for row in rows]
    found = read_manifest(manifest, photos, bundle.taxonomy, unknown_species="skip").split("val")
    said = identify([photo.path for photo in found], load_classifier(bundle), Request())
    seen = [
        Seen(
            str(one.sha256), photo.label, photo.group, displayed_taxon(one.answer),
            tuple((c.taxon.id, c.probability) for c in one.answer.candidates),
        )
        for photo, one in zip(found, said, strict=True) if one.answer is not None
    ]  # fmt: skip
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps([asdict(one) for one in seen]), encoding="utf-8")
    return seen


def draws(groups: Sequence[str], count: int, rng: np.random.Generator) -> list[Rows]:
    """Return rows of so many samples of whole groups, drawn with replacement (Field and Welsh, 2007)."""
    names = np.array([group or f"alone {row}" for row, group in enumerate(groups)])
    _, owner = np.unique(names, return_inverse=True)
    members = [np.flatnonzero(owner == group) for group in range(owner.max() + 1)]
    return [
        np.concatenate([members[one] for one in rng.integers(0, len(members), len(members))])
        for _ in range(count)
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path, help="folder that the manifest's files are relative to")
    parser.add_argument("--manifest", type=Path, help="by default manifest.csv in that folder")
    parser.add_argument("--cache", type=Path, help="folder in which the predictions are kept")
    given = parser.parse_args()
    seen = look(given.photos, given.manifest or given.photos / "manifest.csv", given.cache)
    bundle = read_bundle(Settings().model)
    wrong = np.array([not one.is_right(bundle.taxonomy) for one in seen])
    orders = Orders(seen, bundle.training.get("photos_per_class", {}))
    rng = np.random.default_rng(0)
    samples = draws([one.group for one in seen], DRAWS, rng)
    print(
        f"{len(seen)} photos, {wrong.sum()} of them wrong before anybody looks; {DRAWS} draws of whole groups\n"
    )
    print(
        "| order | "
        + " | ".join(f"labels until {goal:.0%} are right" for goal in GOALS)
        + " | more than least sure first | saved against random |"
    )
    print("| --- |" + " --- |" * (len(GOALS) + 2))
    ways: dict[str, Callable[[Rows, np.random.Generator], Rows]] = {
        "our queue: value, and one in ten by chance": orders.queue,
        "the same, photos of the audit by value too": orders.by_both,
        "the same, every species alike": orders.unweighted,
        LEAST_SURE: orders.least_sure,
        "random": orders.random,
    }
    needed = {
        name: np.array([[labels_needed(way(rows, rng), wrong[rows], goal) for goal in GOALS] for rows in samples])
        for name, way in ways.items()
    }  # fmt: skip
    for name, counts in needed.items():
        cells = [_span(counts[:, column], "{:.0f}") for column in range(len(GOALS))]
        last = counts[:, -1]
        cells.append("" if name == LEAST_SURE else _span(last - needed[LEAST_SURE][:, -1], "{:+.0f}"))
        saved = 100 * (1 - last / np.maximum(needed["random"][:, -1], 1))
        cells.append("" if name == "random" else _span(saved, "{:.0f} %"))
        print(f"| {name} | " + " | ".join(cells) + " |")


def _span(values: NDArray[np.generic], form: str) -> str:
    low, middle, high = np.quantile(values.astype(float), [0.025, 0.5, 0.975])
    return f"{form.format(middle)} ({form.format(low)} to {form.format(high)})"


if __name__ == "__main__":
    main()
