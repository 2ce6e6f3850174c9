"""How sure Fieldmark must be: the share of wrong answers that a person accepts."""

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from pages._ui import services, state

if TYPE_CHECKING:
    from core.model import Bundle

CHOICES = {"Careful": 0.02, "Balanced": 0.05, "Bold": 0.1}
KEY = "sureness"


def offered(bundle: "Bundle") -> dict[str, float]:
    """Return the choices that the model was calibrated for."""
    promised = {one.error for one in bundle.calibration.guarantees}
    return {label: error for label, error in CHOICES.items() if error in promised}


def accepted_error(bundle: "Bundle") -> float | None:
    """Return the share of wrong answers that the person chose, `None` for the model's own target."""
    return offered(bundle).get(state.sureness() or "")


def draw_sureness(bundle: "Bundle") -> None:
    """Draw the choice and what it rests on; nothing where the model can promise nothing."""
    choices = offered(bundle)
    if not choices:
        return
    if KEY not in st.session_state:  # Streamlit forgets a control that another page did not draw
        st.session_state[KEY] = state.sureness() if state.sureness() in choices else None
    st.segmented_control(
        "How sure must Fieldmark be?",
        list(choices),
        key=KEY,
        on_change=_choose,
        help="The surer it must be, the more often it stops at the genus or the family. Choose nothing to "
        "leave it to Fieldmark. The share of wrong answers holds for photos like those it was calibrated on.",
    )
    st.caption(_promise(bundle))


def _promise(bundle: "Bundle") -> str:
    calibration, error = bundle.calibration, accepted_error(bundle)
    rests_on = f"calibrated on n = {calibration.n:,} photos"
    if error is None:
        return f"As it comes: {calibration.target_error:.1%} of answers wrong, {rests_on}.".replace("%", " %")
    return f"At most {error:.0%} of answers wrong, {rests_on}.".replace("%", " %")


def _choose() -> None:
    """Answer every photo of this session again; the network does not run."""
    from core.answering import answer_for, target_of

    state.choose_sureness(st.session_state[KEY])
    classifier = services.classifier()
    target = target_of(classifier.bundle, target=None, error=accepted_error(classifier.bundle))
    changed = []
    for seen in state.seen():
        item = seen.identification
        looked = item.model == classifier.bundle.weights_sha256
        if looked and item.distribution is not None and item.answer is not None:
            top_k = len(item.answer.candidates)
            answer = answer_for(item.distribution, classifier, item.notes, target, top_k, item.novelty)
            item = replace(item, answer=answer)
        changed.append(replace(seen, identification=item))
    state.replace_seen(changed)
