"""What the dialogs of the review surface show, as plain data: the card of a taxon, the history of a photo."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from core.formats.provenance import told
from core.review import Status, consensus
from core.review.desk import votes_of
from core.species import SpeciesCard
from core.store import EventKind, HigherRankReason, LabelEvent, StoredPrediction
from core.taxonomy import BLANK, Rank, Taxonomy
from pages._ui import services, training_services, who
from pages._ui.markup import IUCN

ALIKE = 12
CHOICES, EXAMPLES = 5, 4  # species, and photos of each
SECTIONS = ("How to recognise it", "Easily confused with")
SAID = {
    EventKind.NOT_ANIMAL: "said: no animal",
    EventKind.UNDO: "took something back",
    EventKind.SKIP: "left it for later",
    EventKind.FLAG: "flagged it",
    EventKind.PERSON: "saw a person",
    EventKind.NOTE: "commented",
}
REASONS = {
    HigherRankReason.CANNOT_GO_FINER: "cannot go finer",
    HigherRankReason.NOT_THE_SUGGESTED: "not the suggested species",
}


def card(taxon: str) -> dict[str, Any] | None:
    """Return the card of a species or the short one of a group; `None` if there is neither."""
    tree = services.taxonomy()
    if (species := services.cards().get(taxon)) is not None:
        return {
            "name": species.common_names["en"], "scientific": species.scientific_name, "status": _status(species),
            "sections": [[title, species.sections[title]] for title in SECTIONS if title in species.sections],
            "names": list(dict.fromkeys(v for k, v in species.common_names.items() if k != "en")),
            "link": f"/species?{urlencode({'taxon': taxon})}",
        }  # fmt: skip
    if taxon not in tree:
        return None
    known, group = tree.get(taxon), services.groups().get(taxon)
    below = ", ".join(child.display_name for child in tree.children(taxon)[:12])
    sections = [["What they share", group.text]] if group else []
    return {
        "name": known.display_name, "scientific": known.scientific_name, "status": known.rank.label,
        "sections": [*sections, *([["Next rank down", below]] if below else [])], "names": [],
        "link": f"/species?{urlencode({'taxon': taxon})}" if known.rank >= Rank.CLASS else "",
    }  # fmt: skip


def history(sha256: str) -> dict[str, Any]:
    """Return everything that was said about a photo, oldest first: who, when, what, and what was on screen; and which models
    learnt from it or were judged on it."""
    ledger, tree = services.ledger(), services.taxonomy()
    events, standing = ledger.history(sha256), {event.id for event in ledger.standing(sha256)}
    undone = {event.undoes for event in events if event.kind is EventKind.UNDO}
    predictions = {one.id: one for one in ledger.predictions(sha256)}
    rows = [
        {
            "when": event.acted_at.isoformat(), "who": event.annotator, "what": _what(tree, event),
            "taken_back": event.id in undone and event.id not in standing,
            "screen": _screen(tree, event, predictions.get(event.shown_prediction or 0)),
        }
        for event in events
    ]  # fmt: skip
    return {
        "name": f"photo {sha256[:12]}",
        "together": _together(tree, ledger.standing(sha256)),
        "rows": [*_models(tree, list(predictions.values())), *rows],
        "learnt": [
            f"{line[:1].upper()}{line[1:]}." for line in told(training_services.datasets().provenance(sha256))
        ],
    }


def similar(sha256: str) -> list[dict[str, Any]]:
    """Return the photos that look most like one, the likest first, and what people or the model say of them.

    Where several people must judge for themselves, only what the model says.
    """
    store, tree, guarded = services.embeddings(), services.taxonomy(), who.is_guarded()
    known, vectors = store.vectors([sha256])
    found = (
        [one for one in store.nearest(vectors, ALIKE + 1)[0] if one.sha256 != sha256][:ALIKE] if known else []
    )
    hashes = [one.sha256 for one in found]
    photos, said = services.queue().photos(hashes), services.review().said(hashes)
    return [
        {
            "sha256": one.sha256, "alike": f"{100 * one.similarity:.0f} % alike",
            "said": label_name(tree, said[one.sha256].taxon) if said[one.sha256].by and not guarded else "",
            "model": _model_says(tree, photos[one.sha256].displayed), "person": said[one.sha256].has_person,
        }
        for one in found if one.sha256 in photos
    ]  # fmt: skip


def examples(sha256: str) -> dict[str, list[str]]:
    """Return photos of each of the likeliest species of a photo, by taxon: what people have labelled so."""
    found = services.queue().photos([sha256]).get(sha256)
    tree, review = services.taxonomy(), services.review()
    likeliest = [name for name, _ in found.top_k if name in tree][:CHOICES] if found else []
    return {taxon: review.examples(taxon, EXAMPLES, beside=sha256) for taxon in likeliest}


def label_name(tree: Taxonomy, taxon: str | None) -> str:
    """Return a label in words, `None` being no animal."""
    if taxon is None:
        return "no animal"
    return tree.get(taxon).display_name if taxon in tree else taxon


def _model_says(tree: Taxonomy, displayed: str | None) -> str:
    return "cannot say" if displayed is None else label_name(tree, None if displayed == BLANK else displayed)


def _together(tree: Taxonomy, standing: Sequence[LabelEvent]) -> str:
    """Return what two or more people together take the photo to be, in a sentence."""
    found = consensus(votes_of(standing), tree)
    if found.voters < 2:
        return ""
    if found.taxon is None:
        return f"{found.voters} people have labelled it and share no answer."
    name = "no animal" if found.taxon == BLANK else tree.get(found.taxon).display_name
    ends = "" if found.status is Status.AGREED else " They differ below that."
    return f"Together: {name}, backed by {found.backers} of {found.voters} people.{ends}"


def _status(species: SpeciesCard) -> str:
    meaning, _, _ = IUCN[species.iucn]
    year = f", assessed {species.iucn_year}" if species.iucn_year else ""
    return f"IUCN: {meaning.lower()}{year}"


def _models(tree: Taxonomy, predictions: Sequence[StoredPrediction]) -> list[dict[str, Any]]:
    names = {
        model.bundle.weights_sha256: model.bundle.label
        for model in services.installed_models()
        if model.bundle
    }
    return [
        {
            "when": one.made_at.isoformat(), "who": names.get(one.model_sha256, f"model {one.model_sha256[:8]}"),
            "what": f"answered: {_named(tree, one.displayed)}", "taken_back": False, "screen": "",
        }
        for one in predictions
    ]  # fmt: skip


def _what(tree: Taxonomy, event: LabelEvent) -> str:
    if event.kind in (EventKind.CONFIRM, EventKind.ASSERT):
        verb = "agreed:" if event.kind is EventKind.CONFIRM else "said:"
        said = f"{verb} {_named(tree, event.taxon)}"
    elif event.kind is EventKind.BOXES:
        count = len(event.boxes or ())
        said = "removed all boxes" if not count else f"drew {count} {'box' if count == 1 else 'boxes'}"
    else:
        said = SAID[event.kind]
    details = event.details
    words = [
        REASONS.get(event.reason), details.certainty, _count(details.count), details.sex,
        details.life_stage, details.behaviour, details.individual, "a further animal" if event.subject else None, event.comment,
    ]  # fmt: skip
    return ", ".join([said, *(str(word) for word in words if word)])


def _count(count: int | None) -> str | None:
    return None if count is None else "1 animal" if count == 1 else f"{count} animals"


def _screen(tree: Taxonomy, event: LabelEvent, prediction: StoredPrediction | None) -> str:
    if event.blind:
        return "nothing was suggested"
    if prediction is None:
        return ""
    return f"on screen: {_named(tree, event.shown_taxon)}, by model {prediction.model_sha256[:8]}"


def _named(tree: Taxonomy, taxon: str | None) -> str:
    if taxon == BLANK:
        return "no animal"
    return tree.get(taxon).display_name if taxon is not None and taxon in tree else taxon or "no answer"
