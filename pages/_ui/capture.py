"""When and where a photo was taken: read from EXIF, editable."""

from datetime import date, datetime, time

import streamlit as st

from core.errors import StoreError
from pages._ui import services, who


def draw_capture(sha256: str) -> None:
    """Draw a form with the newest time and place of a photo."""
    facts = services.ledger().capture(sha256)
    moment = datetime.fromisoformat(facts.captured_at) if facts.captured_at else None
    summary = moment.strftime("%d %B %Y, %H:%M") if moment else "time unknown"
    summary += ", place known" if facts.latitude is not None else ", place unknown"
    with st.expander(f"When and where: {summary}"), st.form(key=f"capture_{sha256}", border=False):
        left, right = st.columns(2)
        day = left.date_input("Date", moment.date() if moment else None, min_value=date(1990, 1, 1))
        hour = right.time_input("Local time", moment.time() if moment else None, step=60)
        latitude = left.number_input("Latitude", -90.0, 90.0, facts.latitude, format="%.5f", step=0.01)
        longitude = right.number_input("Longitude", -180.0, 180.0, facts.longitude, format="%.5f", step=0.01)
        st.caption("The exact place stays in your database; no export holds it unless you ask for it.")
        if st.form_submit_button("Save"):
            _save(sha256, _captured_at(day, hour, moment), latitude, longitude)


def _captured_at(day: date | None, hour: time | None, before: datetime | None) -> str | None:
    """Return the time in the form; seconds and offset, which it does not show, stay if the rest does."""
    if day is None:
        return None
    moment = datetime.combine(day, hour or time())
    if before is not None and moment == before.replace(second=0, microsecond=0, tzinfo=None):
        moment = before
    return moment.isoformat()


def _save(sha256: str, captured_at: str | None, latitude: float | None, longitude: float | None) -> None:
    if (latitude is None) != (longitude is None):
        st.error("A place needs both latitude and longitude.")
        return
    place = (latitude, longitude) if latitude is not None and longitude is not None else None
    try:
        services.ledger().add_capture(
            sha256,
            source=who.annotator() or services.settings().annotator,
            at=services.now(),
            captured_at=captured_at,
            place=place,
        )
    except StoreError as error:
        st.error(str(error))
        return
    st.rerun()
