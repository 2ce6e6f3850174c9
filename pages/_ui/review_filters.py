"""Which photos to review: words that stand in the address, so that a choice can be kept and sent to somebody."""

from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl

import streamlit as st

from core.errors import FormatError
from core.review.filters import NAMES, STATUSES, FilterWords, read_words, resolve
from core.store import EVERYTHING, Lane, QueueFilter, Role
from core.taxonomy import BLANK, Rank
from pages._ui import services, who
from pages._ui.maps import country_names
from pages._ui.review_items import IN_SHORT

ALL = ""
A_WHILE = 60  # seconds
STATUS_WORDS = {
    "open": "waiting", "labelled": "labelled", "contested": "people differ", "flagged": "flagged",
    "person": "with a person", "all": "all",
}  # fmt: skip


def resolved(words: FilterWords) -> QueueFilter:
    """Return what the queue is asked for.

    Raises:
        FormatError: A word means nothing.
    """
    return resolve(words, services.taxonomy(), _taken_in)


def draw(annotator: str) -> FilterWords:
    """Draw the filter and what is kept of earlier ones; return what is asked for."""
    words = read_words(st.query_params)
    try:
        wanted = resolved(words)
    except FormatError as error:
        st.warning(f"This address asks for something that makes no sense: {error}. All photos are shown.")
        words, wanted = FilterWords(), EVERYTHING
    waiting = sum(services.queue().left(wanted).values())
    title = "Which photos: all that wait" if not words.query() else f"Which photos: {waiting:,} chosen"
    with st.expander(title, key="which_photos"):
        _draw_saved(annotator)
        with st.form("review_filter", border=False):
            chosen = _draw_fields(words)
            left, right = st.columns(2)
            if left.form_submit_button("Show these", type="primary", width="stretch"):
                _go(chosen)
            if right.form_submit_button("Show all", width="stretch"):
                _go(FilterWords())
        if words.query():
            _draw_keep(words, annotator)
    return words


def _draw_fields(words: FilterWords) -> FilterWords:
    tree = services.taxonomy()
    taxa = [BLANK, *(taxon.id for taxon in tree.order)]
    say = lambda name: "no animal" if name == BLANK else tree.get(name).display_name  # noqa: E731
    with st.container(horizontal=True):
        taxon = _choice("The model says", taxa, words.taxon, "anything", say)
        rank = _choice("at the rank of", [rank.label for rank in Rank], words.rank, "any")
        status = st.selectbox(
            "Status",
            STATUSES,
            STATUSES.index(words.status or "open"),
            format_func=lambda one: STATUS_WORDS[one],
        )
        lanes = [lane.value for lane in IN_SHORT]
        lane = _choice("Reason", lanes, words.lane, "any", lambda one: IN_SHORT[Lane(one)])
    with st.container(horizontal=True):
        country = _choice(
            "Taken in",
            sorted(services.borders().countries, key=_country),
            words.country,
            "any country",
            _country,
        )
        first = st.text_input("from", words.first, placeholder="2026-05-01")
        last = st.text_input("to", words.last, placeholder="2026-05-31")
        deployment = _choice("Camera", services.review().deployments(), words.deployment, "any")
    with st.container(horizontal=True):
        least, most = st.slider("How sure the model is, in %", 0, 100, _range(words))
        people = sorted(
            {account.name for account in services.accounts().all()} | set(services.review().moments())
        )
        by = _choice("Labelled by", people, words.annotator, "anybody")
        models = {
            model.bundle.weights_sha256[:12]: model.bundle.label
            for model in services.installed_models()
            if model.bundle
        }
        model = _choice("Model", list(models), words.model, "any", lambda one: models.get(one, one))
    return FilterWords(
        taxon=taxon, rank=rank, country=country, first=first.strip(), last=last.strip(), deployment=deployment,
        lane=lane, status="" if status == "open" else status, model=model, annotator=by,
        least=str(least) if least > 0 else "", most=str(most) if most < 100 else "",
    )  # fmt: skip


def _choice(
    label: str, options: Iterable[str], value: str, nothing: str, say: Callable[[str], str] = str
) -> str:
    known = [ALL, *options]
    at = known.index(value) if value in known else 0
    return str(st.selectbox(label, known, at, format_func=lambda one: say(one) if one else nothing))


def _country(code: str) -> str:
    return country_names().get(code, code)


def _range(words: FilterWords) -> tuple[int, int]:
    return round(float(words.least or 0)), round(float(words.most or 100))


def _go(words: FilterWords) -> None:
    _put_in_address(words)
    st.rerun()


def _put_in_address(words: FilterWords) -> None:
    for name in NAMES:
        st.query_params.pop(name, None)
    st.query_params.update({name: getattr(words, name) for name in NAMES if getattr(words, name)})


def _draw_saved(annotator: str) -> None:
    kept = services.saved_filters().all()
    if not kept:
        return
    with st.container(horizontal=True):
        for one in sorted(kept, key=lambda one: one.assignee != annotator):
            whose = f" · for {one.assignee}" if one.assignee else ""
            st.button(
                f"{one.name}{whose}", key=f"kept_{one.id}", on_click=_put_in_address,
                args=(read_words(dict(parse_qsl(one.query))),),
            )  # fmt: skip
            if annotator in (one.by, one.assignee):
                st.button(
                    "✕", key=f"drop_{one.id}", help=f"Take “{one.name}” off this list",
                    on_click=services.saved_filters().set_in_use, args=(one.id, False),
                )  # fmt: skip


def _draw_keep(words: FilterWords, annotator: str) -> None:
    account = who.signed_in() if who.is_guarded() else None
    with st.form("keep_filter", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Keep this choice as", max_chars=60)
        people = [ALL, *(one.name for one in services.accounts().all() if one.active)]
        may_assign = account is not None and account.role is Role.MANAGER
        assignee = (
            st.selectbox("for", people, format_func=lambda one: one or "everybody") if may_assign else ""
        )
        if st.form_submit_button("Keep") and name.strip():
            services.saved_filters().save(
                name.strip(), words.query(), annotator, at=services.now(), assignee=str(assignee or "")
            )
            st.rerun()


@st.cache_resource(ttl=A_WHILE, show_spinner=False)  # browsers ask for more photos all the time
def _taken_in(country: str) -> frozenset[str]:
    borders = services.borders()
    return frozenset(
        sha256
        for sha256, latitude, longitude in services.review().positions()
        if (found := borders.locate(latitude, longitude)) is not None and found.country == country
    )
