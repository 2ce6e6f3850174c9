"""What the model makes of a species: how often it is right, and whom it confuses it with."""

from html import escape

import streamlit as st

from core.errors import BundleError
from core.evaluation.species_record import FEW_TO_JUDGE, FEW_TO_LEARN, SpeciesRecord, species_record
from core.taxonomy import FLAGS
from pages._ui import navigator, services

SPLITS = (("test", "test photos"), ("val", "photos held back in training"))


def panel(taxon: str) -> str:
    """Return HTML about the model that answers now and one species, "" if nothing is known."""
    model = next((m for m in services.installed_models() if m.folder == services.served_folder()), None)
    if model is None or model.bundle is None:
        return ""
    who = f"{model.bundle.name} {model.bundle.version}"
    for split, photos in SPLITS:
        try:
            report = services.report(model, split)
        except BundleError:
            report = None
        if report is not None:
            record = species_record(report, taxon)
            if record is not None:
                return _describe(record, who, photos)
    if taxon not in model.bundle.taxonomy:
        return f'<div class="fm-model"><p><b>{escape(who)} does not know this species.</b></p></div>'
    return ""


def _describe(record: SpeciesRecord, who: str, photos: str) -> str:
    lines = []
    if record.n and record.interval is not None:
        low, high = (round(100 * end) for end in record.interval)
        lines.append(
            f"<b>Right on {record.right} of {record.n} {photos}</b> "
            f'<span class="fm-soft">(95 % interval {low} to {high} %)</span>{_bar(record)}'
        )
        if record.n < FEW_TO_JUDGE:
            lines.append("These are too few photos to judge it by.")
    else:
        lines.append(f"There were no {photos} to judge it by.")
    if record.is_hardly_known:
        n = record.n_train or 0
        lines.append(
            f'<span class="fm-warn">Learnt from only {n} photo{"" if n == 1 else "s"}, fewer than {FEW_TO_LEARN}: '
            "do not trust its name alone.</span>"
        )
    if record.taken_for:
        lines.append(f"Mistook it for {_listed(record.taken_for)}.")
    if record.taken_from:
        lines.append(f"Took for it: {_listed(record.taken_from)}.")
    if record.n and not record.taken_for and not record.taken_from:
        lines.append("No mix-ups with other species among these photos.")
    body = "".join(f"<p>{line}</p>" for line in lines)
    return f'<div class="fm-model"><h3>How well {escape(who)} knows it</h3>{body}</div>'


def _bar(record: SpeciesRecord) -> str:
    assert record.interval is not None
    low, high = record.interval
    share = record.right / record.n
    return (
        '<span class="interval" aria-hidden="true">'
        f'<i style="left:{100 * low:.1f}%;width:{100 * (high - low):.1f}%"></i>'
        f'<b style="left:{100 * share:.1f}%"></b></span>'
    )


def _listed(pairs: tuple[tuple[str, int], ...]) -> str:
    shown = [f"{_name(taxon)} ({count} photo{'' if count == 1 else 's'})" for taxon, count in pairs[:4]]
    return ", ".join(shown) + (" and others" if len(pairs) > 4 else "")


def _name(taxon: str) -> str:
    tree = services.taxonomy()
    if taxon in FLAGS or taxon not in tree:
        return {"blank": "no animal", "human": "a person"}.get(taxon, escape(taxon))
    return navigator.link(escape(tree.get(taxon).display_name), taxon=taxon)


def draw(taxon: str) -> None:
    """Draw the panel, if there is one."""
    if found := panel(taxon):
        st.html(found)
