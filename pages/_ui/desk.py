"""The desk of this house: who must look at what, by the model that answers and the policy that was chosen."""

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from core.errors import BundleError
from core.review import DEFAULT_POLICY, POLICIES, Desk, Policy
from core.species.explore import THREATENED
from pages._ui import services, who


def desk() -> Desk:
    """Everything that reviewing needs."""
    return Desk(
        services.ledger(), services.queue(), services.events(), services.taxonomy(), policy(),
        threatened=_threatened(), learnt_from=_learnt_from(str(services.served_folder())),
        gold=services.gold(), asks_again=who.is_guarded(),
    )  # fmt: skip


@st.cache_resource(show_spinner=False)
def _threatened() -> frozenset[str]:
    return frozenset(card.taxon for card in services.cards().values() if card.iucn in THREATENED)


@st.cache_resource(show_spinner=False, max_entries=2)
def _learnt_from(folder: str) -> Mapping[str, int]:
    """Photos by species that a model learnt from: asked for at every act, and the same as long as it answers."""
    from core.model.bundle import read_bundle

    try:
        return read_bundle(Path(folder)).training.get("photos_per_class", {})
    except BundleError:  # it can be reviewed without a model
        return {}


def policy() -> Policy:
    """How many people must look at a photo."""
    return POLICIES.get(services.review().policy() or DEFAULT_POLICY, POLICIES[DEFAULT_POLICY])
