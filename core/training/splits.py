"""Train, val or test, once and for ever, for whole groups of photos that belong together.

Photos belong together if they are near-duplicates, of one burst, or of one camera (where there are enough cameras
to have some in every split). A group is put into a split when it is first needed; a correction never moves it.
"""

import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.errors import TrainingError
from core.media.perceptual import duplicate_groups
from core.store.splits import NewGroup, PhotoFacts

POLICY = 1  # the number of these rules; groups keep the split that older rules gave them
SHARES = {"train": 0.7, "val": 0.15, "test": 0.15}
NONE = "none"
RARE = 20  # groups of a taxon, below which they are dealt out instead of left to chance
LEAST_CAMERAS = 5  # with fewer, whole cameras could not fill three splits


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is new: groups with their split, and photos (hash, group key) that go there from now on."""

    groups: tuple[NewGroup, ...]
    members: tuple[tuple[str, str], ...]


def assign_splits(photos: Sequence[PhotoFacts]) -> Assignment:
    """Put photos without a group into one; photos that link groups of different splits take both to quarantine.

    A taxon with fewer than `RARE` groups gets its second in val or test as soon as it has three, so that a species
    of few photos is judged at all; groups of the others go where the hash of their key sends them.
    """
    settled: dict[str, str] = {p.group: p.split or NONE for p in photos if p.group}
    groups: list[NewGroup] = []
    members: list[tuple[str, str]] = []
    fresh: list[tuple[str, list[PhotoFacts]]] = []
    for component in _components(photos):
        known = sorted({photo.group for photo in component if photo.group})
        splits = {settled[key] for key in known}
        if len(splits) > 1:
            key = next((key for key in known if settled[key] == NONE), None) or _key("merged", known)
            if key not in settled:
                groups.append(NewGroup(key, NONE))
            members += [(photo.sha256, key) for photo in component if photo.group != key]
        elif known:
            members += [(photo.sha256, known[0]) for photo in component if not photo.group]
        else:
            fresh.append((_key("group", [photo.sha256 for photo in component]), component))
    groups += _deal(fresh, photos)
    members += [(photo.sha256, key) for key, component in fresh for photo in component]
    return Assignment(tuple(groups), tuple(members))


def refuse_leaks(photos: Sequence[PhotoFacts]) -> None:
    """Check that photos which belong together are in one split; those in quarantine cannot leak.

    Raises:
        TrainingError: Two photos of different splits are near-duplicates, of one burst, or of one group.
    """
    used = [photo for photo in photos if photo.split in SHARES]
    for component in _joined(used, _strict_links(used)):
        first = component[0]
        for photo in component[1:]:
            if photo.split != first.split:
                raise TrainingError(
                    f"photos {first.sha256[:12]} ({first.split}) and {photo.sha256[:12]} ({photo.split}) belong together: "
                    "the score would be flattered; nothing was trained"
                )


def _components(photos: Sequence[PhotoFacts]) -> list[list[PhotoFacts]]:
    links = _strict_links(photos)
    if len({photo.deployment for photo in photos if photo.deployment}) >= LEAST_CAMERAS:
        links += [
            link
            for rows in _alike(photos, "deployment")
            if not _spread(photos, rows)
            for link in _chain(rows)
        ]
    return _joined(photos, links)


def _strict_links(photos: Sequence[PhotoFacts]) -> list[tuple[int, int]]:
    links = [link for name in ("burst", "group") for rows in _alike(photos, name) for link in _chain(rows)]
    hashes = {str(row): photo.perceptual for row, photo in enumerate(photos) if photo.perceptual}
    return links + [
        link for group in duplicate_groups(hashes) for link in _chain([int(row) for row in group])
    ]


def _alike(photos: Sequence[PhotoFacts], name: str) -> Iterable[list[int]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for row, photo in enumerate(photos):
        if value := getattr(photo, name):
            rows[value].append(row)
    return rows.values()


def _chain(rows: list[int]) -> list[tuple[int, int]]:
    return list(itertools.pairwise(rows))


def _spread(photos: Sequence[PhotoFacts], rows: list[int]) -> bool:
    """Whether a camera is in several splits already, from when there were too few cameras."""
    return len({photos[row].split for row in rows} - {None}) > 1


def _joined(photos: Sequence[PhotoFacts], links: Iterable[tuple[int, int]]) -> list[list[PhotoFacts]]:
    """Return connected components (union-find), by their first photo."""
    parent = list(range(len(photos)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for a, b in links:
        one, other = sorted((root(a), root(b)))
        parent[other] = one
    found: dict[int, list[PhotoFacts]] = defaultdict(list)
    for row, photo in enumerate(photos):
        found[root(row)].append(photo)
    return list(found.values())


def _deal(fresh: Sequence[tuple[str, list[PhotoFacts]]], photos: Sequence[PhotoFacts]) -> list[NewGroup]:
    """Return the split of every new group, in the order of their hashes."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for label, _, split in {
        (p.label, p.group, p.split) for p in photos if p.label and p.group and p.split in SHARES
    }:
        counts[str(label)][str(split)] += 1
    labels = {key: {photo.label for photo in component if photo.label} for key, component in fresh}
    total = Counter({label: sum(count.values()) for label, count in counts.items()})
    for names in labels.values():
        total.update(names)
    dealt = []
    for key in sorted(labels):
        rarest = min(labels[key], key=lambda label: (total[label], label), default=None)
        split = _by_chance(key) if rarest is None or total[rarest] >= RARE else _most_missing(counts[rarest])
        for label in labels[key]:
            counts[label][split] += 1
        dealt.append(NewGroup(key, split))
    return dealt


def _by_chance(key: str) -> str:
    place, reached = int(key[:8], 16) / 2**32, 0.0
    for split, share in SHARES.items():
        reached += share
        if place < reached:
            return split
    return "test"


def _most_missing(count: Counter[str]) -> str:
    n = sum(count.values()) + 1
    return max(SHARES, key=lambda split: SHARES[split] * n - count[split])


def _key(kind: str, parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join([kind, *sorted(parts)]).encode()).hexdigest()
