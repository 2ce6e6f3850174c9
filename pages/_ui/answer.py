"""The answer to one photo: sentence, doubts, ladder."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.decision import Answer, Outcome, sentence
from core.identify import Identification
from core.model import Bundle
from core.taxonomy import Rank, Taxonomy
from pages._ui import markup

FEW_PHOTOS = 10  # a species learnt from fewer is hardly known to the model


def draw_answer(
    item: Identification, bundle: Bundle, taxonomy: Taxonomy, surprises: Sequence[str] = ()
) -> None:
    """Draw what Fieldmark says, what kept it from saying more, and the ladder.

    Args:
        surprises: Further doubts, about where the photo was taken.
    """
    answer = item.answer
    if answer is None:
        st.error(markup.plain(item.error.message) if item.error else "Not identified.")
        return
    st.html(f'<h2 class="fm-answer">{_emphasis(sentence(answer, bundle.taxonomy))}</h2>')
    doubts = (
        [note.message for note in item.notes] + list(what_it_cannot_know(answer, bundle)) + list(surprises)
    )
    if doubts:
        st.html(f'<ul class="fm-notes">{"".join(f"<li>{escape(d)}</li>" for d in doubts)}</ul>')
    st.html(ladder(answer, taxonomy))


def what_it_cannot_know(answer: Answer, bundle: Bundle) -> list[str]:
    """Return doubts that follow from the answer and from how the model was made."""
    doubts = []
    best = answer.candidates[0]
    if answer.outcome is Outcome.BLANK:
        doubts.append("A small or hidden animal is easily missed.")
    elif answer.novel or answer.outcome in (Outcome.HUMAN, Outcome.VEHICLE):
        pass  # the sentence says it all
    elif answer.outcome is Outcome.UNSURE or best.probability < 0.5:
        doubts.append("It may be a species that Fieldmark does not know.")
    seen = bundle.training.get("photos_per_class", {}).get(best.taxon.id)
    if answer.outcome is Outcome.IDENTIFIED and seen is not None and seen < FEW_PHOTOS:
        doubts.append(f"Fieldmark learnt this species from only {seen} photo{'s' if seen != 1 else ''}.")
    return doubts


def ladder(answer: Answer, taxonomy: Taxonomy) -> str:
    """Return kingdom to species with summed probabilities; what lies beyond the answer is greyed."""
    deepest = answer.taxon.rank if answer.taxon else -1
    rungs = []
    for rung in answer.ladder:
        css = "answer" if rung.taxon.rank == deepest else "beyond" if rung.taxon.rank > deepest else ""
        known = taxonomy.get(rung.taxon.id) if rung.taxon.id in taxonomy else rung.taxon
        rungs.append(
            f'<li class="{css}"><span class="rank">{rung.taxon.rank.label}</span>'
            f'<span class="name">{markup.names(known)}</span>'
            f'<span class="p">{markup.figure(rung.probability)}</span>{markup.bar(rung.probability)}</li>'
        )
    return f'<ol class="fm-ladder" aria-label="How sure at every rank">{"".join(rungs)}</ol>'


def _emphasis(markdown: str) -> str:
    pieces = escape(markdown).replace(" %", "&nbsp;%").split("*")
    return "".join(f"<em>{piece}</em>" if i % 2 else piece for i, piece in enumerate(pieces))


RANKS = {rank.label.capitalize(): rank for rank in reversed(Rank)}
