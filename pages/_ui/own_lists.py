"""Lists of what lives where, given on the page: added, taken out of use, put back."""

import hashlib
import tempfile
from pathlib import Path

import streamlit as st

from core.errors import FieldmarkError
from core.formats.presence_list import read_presence_list
from core.taxonomy.names import Names
from pages._ui import markup, services
from pages._ui.here import country
from pages._ui.maps import country_names

ROUND, TOLD = "own_lists_round", "own_lists_told"


def draw() -> None:
    """Draw the lists and a place to drop another."""
    lists = services.checklists()
    with st.expander("Your own lists of what lives where", key="own_lists"):
        st.caption(
            "A CSV with scientific_name and, if known, country, region, status and date, or a GRIIS archive. Your lists win over the cards."
        )
        for one in lists.all():
            places = ", ".join(country_names().get(code, code) for code in one.countries)
            in_use = st.toggle(
                f"{markup.plain(one.name)}: {one.entries} lines, {places}",
                one.in_use,
                key=f"own_list_{one.id}",
            )
            if in_use != one.in_use:
                lists.use(one.id, in_use=in_use)
                st.rerun()
        file = st.file_uploader(
            "Add a list", ["csv", "tsv", "txt", "zip"], key=f"own_list_file_{st.session_state.get(ROUND, 0)}"
        )
        if file is not None:
            st.session_state[TOLD] = _add(file.name, file.getvalue())
            st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
            st.rerun()
        if told := st.session_state.pop(TOLD, None):
            (st.success if told[0] else st.error)(told[1])


def _add(name: str, content: bytes) -> tuple[bool, str]:
    """Keep a list; return whether that worked, and what to say."""
    title = Path(name).stem
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"list{Path(name).suffix.lower()}"
        path.write_bytes(content)
        try:
            found = read_presence_list(
                path, Names(services.taxonomy()), checklist=title, country=country() or None
            )
            digest = hashlib.sha256(content).hexdigest()
            services.checklists().add(title, digest, found.records, at=services.now())
        except FieldmarkError as error:
            return False, markup.plain(str(error).replace(path.name, name))
    left = f" {len(found.unknown)} names are none of our species and were left out." if found.unknown else ""
    return True, f"{len(found.records)} lines of {markup.plain(title)} are in use.{left}"
