"""A photo as the review surface is given it: what to show, what the model says, and why the photo is here."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.decision import percent
from core.review import Lane, QueueItem
from core.store import Unreviewed
from core.taxonomy import BLANK, Rank, Taxonomy
from pages._ui import routes, services

CHOICES = 5
WHY = {
    Lane.THREATENED: "Here because the model names a threatened species: these are always looked at.",
    Lane.RARE: "Here because the model learnt this species from very few photos.",
    Lane.UNSURE: "Here because the model is unsure.",
    Lane.AUDIT: "Here by chance: only photos chosen by chance tell how often the model is right.",
    Lane.REST: "The model is sure about this one.",
}
BLIND = "Here without an answer: such photos show how well people agree."


def describe(
    item: QueueItem,
    *,
    label: Mapping[str, str] | None = None,
    boxes: Sequence[Mapping[str, float]] = (),
    flagged: str | None = None,
    has_person: bool = False,
    blind: bool = False,
    near: float | None = None,
    taken: str = "",
) -> dict[str, Any]:
    """Return a photo as the browser takes it.

    Args:
        label: What a person said already: `taxon` (empty for no animal), `name` in words, and `by` whom.
        boxes: What was drawn: `x`, `y`, `w`, `h` in shares of the photo.
        flagged: The id of the flag that stands, so that it can be taken away.
        blind: Nothing that the model says may reach the browser.
        near: Where the photo stands among similar ones; the grid shows small numbers first.
        taken: The time of day, `"06:41:07"`.
    """
    tree, photo = services.taxonomy(), item.photo
    seen = {} if blind else _said_by_model(tree, photo)
    return {
        "sha256": photo.sha256, "name": photo.name, "taken": taken, "lane": str(item.lane), "blind": blind,
        "why": BLIND if blind else WHY.get(item.lane, ""), "label": label, "boxes": list(boxes), "flagged": flagged,
        "person": has_person, "near": near,
        "full": routes.photo_address(photo.sha256, "full"), "thumb": routes.photo_address(photo.sha256, "thumb"),
        "history": routes.history_address(photo.sha256), **seen,
    }  # fmt: skip


def of_event(key: str, members: Sequence[dict[str, Any]], shown: str) -> dict[str, Any]:
    """Return the described photos of one event, in the order of their time, as one item: that of `shown`."""
    first = next(member for member in members if member["sha256"] == shown)
    return {**first, "event": {"key": key, "members": list(members)}}


def of_before(sha256: str) -> dict[str, Any] | None:
    """Return a labelled photo as an item, to show it again after an undo."""
    known = services.ledger().predictions(sha256)
    if not known:
        return None
    last = known[-1]
    photo = Unreviewed(sha256, last.id, last.displayed, last.top_k, "")
    return describe(QueueItem(photo, Lane.REST, 0.0))


def _said_by_model(tree: Taxonomy, photo: Unreviewed) -> dict[str, Any]:
    known = [(tree.get(name), chance) for name, chance in photo.top_k if name in tree]
    lineage = tree.lineage(known[0][0].id) if known else ()
    ids = {taxon.rank: taxon.id for taxon in lineage}
    named = photo.displayed if photo.displayed == BLANK or photo.displayed in tree else None
    if named == BLANK:
        sentence = "No animal to be seen"
    else:
        sentence = tree.get(named).display_name if named else "Fieldmark cannot say"
    return {
        "prediction": photo.prediction, "shown": named, "sentence": sentence, "sure": known[0][1] if known else 0.0,
        "choices": [
            {"id": taxon.id, "name": taxon.display_name, "scientific": taxon.scientific_name, "p": percent(chance)}
            for taxon, chance in known[:CHOICES]
        ],
        "ladder": _ladder(tree, known), "genus": ids.get(Rank.GENUS), "family": ids.get(Rank.FAMILY),
    }  # fmt: skip


def _ladder(tree: Taxonomy, known: Sequence[tuple[Any, float]]) -> list[dict[str, Any]]:
    """Return the lineage of the best species; a higher taxon is at least as likely as its kept species together."""
    if not known:
        return []
    lineages = [({taxon.id for taxon in tree.lineage(species.id)}, chance) for species, chance in known]
    steps = []
    for taxon in tree.lineage(known[0][0].id):
        least = sum(chance for ids, chance in lineages if taxon.id in ids)
        p = percent(least) if taxon.rank is Rank.SPECIES or least > 0.99 else f"≥ {percent(least)}"
        steps.append({"id": taxon.id, "name": taxon.display_name, "rank": taxon.rank.label, "p": p})
    return steps
