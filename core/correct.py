"""Corrections: what a person says about a photo, said once."""

from datetime import datetime
from uuid import UUID, uuid5

from core.store import EventKind, HigherRankReason, LabelEvent, Ledger
from core.taxonomy import Rank, Taxonomy

_NAMESPACE = UUID("8f1f3a52-5b0c-4d6e-9f55-0d7a3f1c2b6e")


def event_id(session: str, sha256: str, meaning: str, position: int) -> UUID:
    """Return the id of an act that is offered on screen.

    The same act offered at the same position of a photo's history has the same id, so that a double
    click or a resent message is one act.
    """
    return uuid5(_NAMESPACE, f"{session}|{sha256}|{meaning}|{position}")


def kind_of(taxon: str | None, displayed: str | None) -> EventKind:
    """Return what choosing `taxon` (`None`: no animal) means, given the answer on screen."""
    if taxon is None:
        return EventKind.NOT_ANIMAL
    return EventKind.CONFIRM if taxon == displayed else EventKind.ASSERT


def reason_for(taxon: str | None, best_species: str | None, taxonomy: Taxonomy) -> HigherRankReason:
    """Return why a label stops above species, as far as it follows from the suggestion.

    A group that does not hold the suggested species rules it out; one that holds it leaves it open.
    """
    if taxon is None or taxon not in taxonomy or taxonomy.get(taxon).rank is Rank.SPECIES:
        return HigherRankReason.NONE
    lineage = taxonomy.lineage(best_species) if best_species and best_species in taxonomy else ()
    if taxonomy.get(taxon) in lineage:
        return HigherRankReason.CANNOT_GO_FINER
    return HigherRankReason.NOT_THE_SUGGESTED


def submit(ledger: Ledger, event: LabelEvent, *, received_at: datetime) -> bool:
    """Append an act unless it repeats what the same person's newest standing act already says.

    Returns:
        Whether anything was appended.

    Raises:
        StoreError: See `Ledger.append`.
    """
    last = ledger.undoable(event.sha256, event.annotator)
    if last is not None and event.kind is not EventKind.UNDO:
        said = (last.kind, last.taxon, last.reason)
        if said == (event.kind, event.taxon, event.reason):
            return False
    return ledger.append(event, received_at=received_at)
