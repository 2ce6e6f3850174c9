"""The service: which photos a model would learn from now, which it would be judged on, and which not, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.errors import MediaError, TrainingError
from core.media import MediaLibrary, decode_photo
from core.media.perceptual import perceptual_hash
from core.store import DatasetStore, ManifestRow, SplitStore
from core.taxonomy import Taxonomy
from core.training.selection import IN_WORDS, Policy, Summary, select_rows, summarise
from core.training.splits import POLICY, assign_splits, refuse_leaks

LEAST_SIDE = 320  # px; what `core.identify` decodes at, so that both compute the same hash


@dataclass(frozen=True, slots=True)
class Lesson:
    """What there is to learn from.

    Attributes:
        rows: A row for every label that stands, used or not.
        groups: The group of every photo, by hash.
        last_seq: How far the ledger was read.
    """

    rows: tuple[ManifestRow, ...]
    groups: dict[str, str]
    last_seq: int

    @property
    def summary(self) -> Summary:
        """How many photos there are for what."""
        return summarise(self.rows)

    def used(self, *splits: str) -> list[ManifestRow]:
        """Return the rows of some splits that are used."""
        return [row for row in self.rows if row.left_out is None and row.split in splits]


def hash_photos(
    splits: SplitStore,
    library: MediaLibrary,
    *,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Compute the perceptual hash of labelled photos that have none; those that are gone get none."""
    missing = splits.without_hash()
    found: list[tuple[str, str]] = []
    for done, sha256 in enumerate(missing, 1):
        try:
            photo = decode_photo(library.read(sha256), sha256, min_side=LEAST_SIDE, sha256=sha256)
            found.append((sha256, perceptual_hash(photo.image)))
        except MediaError:
            continue
        on_progress(done, len(missing))
    splits.keep_hashes(found)


def plan_lesson(
    datasets: DatasetStore, splits: SplitStore, library: MediaLibrary, taxonomy: Taxonomy, policy: Policy
) -> tuple[Lesson, "Callable[[datetime], None]"]:
    """Return what there is to learn from, and what to call to keep the splits that were given out for it.

    Nothing is written until then, so that a page can show it.
    """
    facts = splits.facts()
    new = assign_splits(facts)
    split_of = {photo.group: photo.split for photo in facts if photo.group} | {
        g.key: g.split for g in new.groups
    }
    groups = {photo.sha256: photo.group or "" for photo in facts} | dict(new.members)
    labels, last_seq = datasets.labels()
    rows = select_rows(
        labels, {sha256: split_of.get(key) or "none" for sha256, key in groups.items()}, taxonomy,
        is_there=lambda sha256: library.path(sha256).is_file(), policy=policy,
    )  # fmt: skip
    lesson = Lesson(tuple(rows), groups, last_seq)

    def keep(at: datetime) -> None:
        if new.groups or new.members:
            splits.record(new.groups, new.members, policy=POLICY, at=at)

    return lesson, keep


def freeze_lesson(
    datasets: DatasetStore,
    splits: SplitStore,
    library: MediaLibrary,
    taxonomy: Taxonomy,
    policy: Policy,
    *,
    at: datetime,
) -> tuple[Lesson, str]:
    """Give out splits, choose the rows, keep both, and return them with the hash of the dataset.

    Raises:
        TrainingError: There is nothing to learn from (the message says why not), or a photo to learn from belongs
            together with one to be judged on.
        StoreError: The database refuses.
    """
    lesson, keep = plan_lesson(datasets, splits, library, taxonomy, policy)
    keep(at)
    used = {row.sha256: row.split for row in lesson.rows if row.left_out is None}
    refuse_leaks([photo for photo in splits.facts() if photo.sha256 in used])
    manifest = datasets.freeze(
        lesson.rows, last_seq=lesson.last_seq, taxonomy_sha256=taxonomy.sha256(), at=at
    )
    refuse_nothing(lesson)
    return lesson, manifest


def refuse_nothing(lesson: Lesson) -> None:
    """Check that there is something to learn from.

    Raises:
        TrainingError: There is not; the message says why.
    """
    summary = lesson.summary
    if summary.train:
        return
    if not lesson.rows:
        raise TrainingError(
            "nobody corrected or confirmed a photo yet; do that on the Identify or Review page first"
        )
    reasons = [f"{n}: {IN_WORDS[why]}" for why, n in summary.left_out.items()]
    if summary.held_out:
        reasons.append(f"{summary.held_out}: kept to judge the model on")
    raise TrainingError(
        f"none of {len(lesson.rows)} labelled photos can be learnt from ({'; '.join(reasons)})"
    )
