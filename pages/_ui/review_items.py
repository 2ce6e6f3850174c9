"""A photo as the review surface is given it: what to show, what the model says, and why the photo is here."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.decision import percent
from core.review import Given
from core.review.similarity import walk_order
from core.store import SECOND_LOOK, Lane, Said, Unreviewed
from core.taxonomy import BLANK, Rank, Taxonomy
from pages._ui import routes, services, who
from pages._ui.review_dialogs import CHOICES, label_name

WALK = 300
WHY = {
    Lane.THREATENED: "Here because the model names a threatened species: these are always looked at.",
    Lane.RARE: "Here because the model learnt this species from very few photos.",
    Lane.UNSURE: "Here because the model is unsure.",
    Lane.AUDIT: "Here by chance: only photos chosen by chance tell how often the model is right.",
    Lane.REST: "The model is sure about this one.",
    Lane.CONTRADICTED: "Here again because the model, which is sure, says something else than the label.",
    Lane.SUSPECT: "Here again because the label looks doubtful beside all others.",
    Lane.DISPUTED: "Here because people differ about it.",
    Lane.NEIGHBOURS: "Here again because photos like it are labelled otherwise.",
    Lane.FLIPPED: "Here again because the new model says something else than the old one.",
    Lane.GOLD: "Here without an answer: such photos show how well people agree.",
    Lane.AGAIN: "Here without an answer: such photos show how well people agree.",
}
IN_SHORT = {
    Lane.THREATENED: "threatened species", Lane.RARE: "hardly known to the model", Lane.UNSURE: "the model is unsure",
    Lane.AUDIT: "by chance", Lane.REST: "the model is sure", Lane.CONTRADICTED: "the model contradicts the label",
    Lane.SUSPECT: "doubtful label", Lane.DISPUTED: "people differ", Lane.NEIGHBOURS: "photos like it are labelled otherwise",
    Lane.FLIPPED: "the new model says something else",
}  # fmt: skip
BLIND = (Lane.GOLD, Lane.AGAIN)
NOTHING = Said()


def items(given: Sequence[Given]) -> list[dict[str, Any]]:
    """Return photos and those of their events as the browser takes them."""
    hashes = [one.photo.sha256 for one in given]
    others = [member.sha256 for one in given for member in one.event if member.sha256 not in set(hashes)]
    photos = services.queue().photos(others) | {one.photo.sha256: one.photo for one in given}
    said = services.review().said([*hashes, *others])
    near = _walk(hashes)
    found = []
    for one in given:
        shown = one.photo.sha256
        if one.event:
            members = [
                describe(photos[member.sha256], said[member.sha256], near=near.get(member.sha256))
                for member in one.event if member.sha256 in photos
            ]  # fmt: skip
            found.append(of_event(str(one.event[0].event), members, shown))
        else:
            found.append(describe(one.photo, said[shown], near=near.get(shown)))
    return found


def describe(photo: Unreviewed, said: Said = NOTHING, *, near: float | None = None) -> dict[str, Any]:
    """Return a photo as the browser takes it.

    Args:
        said: What stands about it. Two people answer for themselves: a label is shown only to whoever takes a second look.
        near: Where the photo stands among similar ones; the grid shows small numbers first.
    """
    tree, blind, second = services.taxonomy(), photo.lane in BLIND, photo.lane in SECOND_LOOK
    label = None
    if said.by and (second or not who.is_guarded()) and not blind:
        label = {"taxon": said.taxon or "", "name": label_name(tree, said.taxon), "by": said.by}
    return {
        "sha256": photo.sha256, "name": photo.name, "taken": (said.taken_at or "")[11:19], "lane": photo.lane,
        "why": WHY.get(photo.lane, ""), "blind": blind, "second": second, "label": label,
        "boxes": [asdict(box) for box in said.boxes], "flagged": said.flag, "person": said.has_person, "near": near,
        "full": routes.photo_address(photo.sha256, "full"), "thumb": routes.photo_address(photo.sha256, "thumb"),
        "history": None if blind else routes.history_address(photo.sha256),
        "similar": None if blind else routes.similar_address(photo.sha256),
        "examples": None if blind else routes.examples_address(photo.sha256),
        **({} if blind else _said_by_model(tree, photo)),
    }  # fmt: skip


def _walk(hashes: Sequence[str]) -> dict[str, float]:
    """Return where photos stand on a walk from like to like; some hundred at once, since longer walks take long to find."""
    store = services.embeddings()
    places: dict[str, float] = {}
    for start in range(0, len(hashes), WALK):
        known, vectors = store.vectors(hashes[start : start + WALK])
        for row in walk_order(vectors):
            places[known[row]] = float(len(places))
    return places


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
    return describe(Unreviewed(sha256, last.id, last.displayed, last.top_k, ""))


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
    lineage = tree.lineage(known[0][0].id)
    names = Counter(taxon.display_name for taxon in lineage)  # the bears are a family and a genus
    steps = []
    for taxon in lineage:
        least = sum(chance for ids, chance in lineages if taxon.id in ids)
        is_all = taxon.rank is Rank.SPECIES or least > 0.99 or least < 0.01
        p = percent(least) if is_all else f"≥ {percent(least)}"
        is_alone = names[taxon.display_name] == 1 or taxon.rank is not Rank.GENUS
        name = taxon.display_name if is_alone else taxon.scientific_name
        steps.append({"id": taxon.id, "name": name, "rank": taxon.rank.label, "p": p})
    return steps
