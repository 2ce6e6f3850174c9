"""What holds where somebody is: how a species is there, and whom to tell."""

from html import escape

import streamlit as st

from core.place import PlaceStatus, Presence, PresenceRecord, presence_at
from core.place.reporting import contacts_for
from core.species import SpeciesCard
from pages._ui import services, state
from pages._ui.maps import country_names

HERE, PART = "here", "part"
ANYWHERE = ""
WORDS = {
    Presence.NATIVE: "Native in {place}",
    Presence.PERHAPS_NATIVE: "Perhaps native in {place}",
    Presence.INTRODUCED: "Brought to {place} by people",
    Presence.INVASIVE: "Invasive in {place}",
    Presence.DOMESTIC: "Lives with people, in {place} as elsewhere",
    Presence.NO_LIST: "Nobody lists its countries",
    Presence.ABSENT: "Not known from {place}",
    Presence.NO_RECORD: "No record for {place}",
}
MEANING = {
    Presence.NO_RECORD: "That does not mean it is absent: lists have gaps.",
    Presence.INTRODUCED: "Records of escaped and captive animals count, so there may be no wild ones.",
    Presence.PERHAPS_NATIVE: "The records are uncertain.",
}
THE = ("United", "Netherlands", "Philippines", "Bahamas", "Gambia", "Maldives", "Comoros", "Congo")
THE_ENDING = ("Islands", "Republic", "Territories", "Territory")
WHAT_TO_DO = (
    "Do not move, feed or release it.",
    "Take a photo and note the place and the day.",
    "Tell those who keep watch; early reports are the cheapest help.",
)


def draw_picker() -> str:
    """Let people say where they are; return the country's code, "" for anywhere."""
    names = country_names()
    codes = [ANYWHERE, *sorted(names, key=lambda code: names[code])]
    if st.session_state.get(HERE) not in codes:
        asked = st.query_params.get(HERE, "").upper()
        st.session_state[HERE] = asked if asked in codes else _first_guess(codes)
    chosen: str = st.selectbox(
        "Where are you?",
        codes,
        format_func=lambda code: names.get(code, "Anywhere"),
        key=HERE,
        help="Says what is native, introduced or invasive there. Nothing leaves this computer.",
    )
    if chosen:
        st.query_params[HERE] = chosen
    else:
        st.query_params.pop(HERE, None)
    if parts := parts_of(chosen):
        st.selectbox(
            "Which part?",
            [ANYWHERE, *parts],
            format_func=lambda code: part_name(code) or "All of it",
            key=PART,
        )
    return chosen


def country() -> str:
    """Return the country that was chosen, else the usual one of these settings, "" if none is known."""
    chosen: str = st.session_state.get(HERE) or services.settings().country
    return chosen if chosen in country_names() else ANYWHERE


def part() -> str:
    """Return the part of the country that was chosen (ISO 3166-2), or ""."""
    chosen: str = st.session_state.get(PART) or ""
    return chosen if chosen.startswith(_alpha_2(country()) + "-") else ""


def parts_of(code: str) -> list[str]:
    """Return the parts of a country that anything is known about: from lists of people, or contacts."""
    if not code:
        return []
    found = {record.region for record in records(code)} | {
        c.region for c in services.contacts() if c.country == code
    }
    return sorted(found - {""})


def part_name(code: str) -> str:
    """Return the English name of an ISO 3166-2 code, "" if there is none."""
    import pycountry

    found = pycountry.subdivisions.get(code=code) if code else None
    return str(found.name) if found else ""


def place_name(code: str, region: str = "") -> str:
    """Return the name of a country, or of a part of it, as it stands after "in"."""
    name = part_name(region) or country_names().get(code, code)
    return f"the {name}" if name.startswith(THE) or name.endswith(THE_ENDING) else name


def records(code: str) -> list[PresenceRecord]:
    """Return what people's lists say about a country."""
    return services.checklists().records(code)


def status(card: SpeciesCard, code: str, region: str = "") -> PlaceStatus:
    """Return how a species is in a country."""
    return presence_at(card, code, sources=services.sources(), records=records(code), region=region)


def native_here(code: str) -> frozenset[str]:
    """Return the species that are native in a country."""
    lists, sources = records(code), services.sources()
    return frozenset(
        card.taxon
        for card in services.cards().values()
        if presence_at(card, code, sources=sources, records=lists, region=part()).presence is Presence.NATIVE
    )


def where_taken(sha256: str) -> str:
    """Return the country in which a photo was taken, as its position says, else the chosen one."""
    facts = services.ledger().capture(sha256)
    if facts.latitude is not None and facts.longitude is not None:
        found = services.borders().locate(facts.latitude, facts.longitude)
        return found.country if found else ANYWHERE
    return country()


def surprise(card: SpeciesCard, code: str) -> str | None:
    """Return a sentence where meeting a species in a country would be news; the probability stays as it is."""
    if not code:
        return None
    found = status(card, code)
    if found.presence.is_expected:
        return None
    name = card.common_names["en"]
    return (
        f"{WORDS[found.presence].format(place=place_name(code))} of {name}: an escape, a newcomer, a gap in the "
        "list, or a mistake. Look twice."
        if found.presence is Presence.NO_RECORD
        else f"{name} is not known from {place_name(code)}, says {found.says[0]}. Look twice."
    )


def panel(card: SpeciesCard, code: str, region: str = "") -> str:
    """Return HTML with the status in a country, its source and, if it is invasive, what to do; "" for anywhere."""
    if not code:
        return ""
    found = status(card, code, region)
    place = escape(place_name(code, found.region or ""))
    source = "; ".join(found.says)
    dated = f", {found.date}" if found.date else ""
    own = "your list: " if found.own else ""
    says = f'<span class="fm-soft">Source: {own}{escape(source)}{dated}</span>' if source else ""
    more = f" {MEANING[found.presence]}" if found.presence in MEANING else ""
    brought = found.presence in (Presence.INVASIVE, Presence.INTRODUCED)
    advice = f"<p>If you meet it in the wild:</p>{_advice(code, region)}" if brought else ""
    return (
        f'<div class="fm-here {found.presence.value}"><p><b>{WORDS[found.presence].format(place=place)}.</b>{more} '
        f"{says}</p>{advice}</div>"
    )


def _advice(code: str, region: str) -> str:
    steps = "".join(f"<li>{step}</li>" for step in WHAT_TO_DO)
    links = " · ".join(
        f'<a href="{escape(one.url)}" rel="noreferrer noopener" target="_blank">{escape(one.name)}</a>'
        for one in contacts_for(services.contacts(), code, "invasive", region=region)
    )
    return f"<ol>{steps}</ol><p>{links}</p>"


def _first_guess(codes: list[str]) -> str:
    """Return where the newest photo of this session was taken, else the usual country."""
    for seen in reversed(state.seen()):
        if seen.identification.sha256 and (found := where_taken(seen.identification.sha256)) in codes:
            return found
    return country()


def _alpha_2(code: str) -> str:
    import pycountry

    found = pycountry.countries.get(alpha_3=code) if code else None
    return str(found.alpha_2) if found else "?"
