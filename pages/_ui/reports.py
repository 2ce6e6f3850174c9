"""One model's report on screen: doubts, confusions, every species, the photos that cost most."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.errors import BundleError, MediaError
from core.evaluation.page import page_html
from core.evaluation.report import Report, SpeciesRow, WorstPhoto
from core.model.registry import InstalledModel
from core.taxonomy import Rank
from pages._ui import charts, services

RANKS = (Rank.ORDER, Rank.FAMILY, Rank.GENUS, Rank.SPECIES)
PAIRS, PHOTOS = 15, 12


def draw_report(chosen: Sequence[InstalledModel], split: str) -> None:
    """Let the person choose one of the models and look closer; nothing where none has a report."""
    found: dict[str, Report] = {}
    for model in chosen:
        try:
            report = services.report(model, split)
        except BundleError as error:
            st.warning(str(error))
            continue
        if report is not None:
            found[f"{report.model} {report.version}"] = report
    if not found:
        return
    st.header("Look closer", anchor=False)
    names = list(found)
    name = names[0]
    if len(names) > 1:
        name = st.segmented_control("Model", names, default=names[-1], key="closer") or names[-1]
    report = found[name]
    doubts, confusions, species, photos, elsewhere = st.tabs(
        ["Doubts", "Taken for", "Every species", "Photos to look at", "Elsewhere"]
    )
    with doubts:
        charts.draw_risk(report)
    with confusions:
        _draw_confusions(report)
    with species:
        _draw_species(report)
    with photos:
        _draw_photos(report)
    with elsewhere:
        _draw_elsewhere(report)
    st.download_button(
        "Download the report", page_html(report), f"{report.model}-{report.version}-{split}.html".lower(), "text/html",
        key="download_report", icon=":material/download:",
    )  # fmt: skip


def _name(report: Report, taxon: str) -> str:
    names = report.names[taxon]
    return f"{names.common} ({names.scientific})" if names.common else names.scientific


def _draw_confusions(report: Report) -> None:
    rank = st.segmented_control(
        "Rank", RANKS, format_func=lambda rank: rank.label, default=Rank.FAMILY, key="confusion_rank"
    )
    chosen = rank or Rank.FAMILY
    charts.draw_confusion(report, next(one for one in report.confusions if one.rank == chosen.label))
    if not report.confused:
        st.caption("No photo was taken for another species.")
        return
    rows = [
        {
            "shown": _name(report, pair.truth), "taken for": _name(report, pair.guess), "photos": pair.count,
            "share of its photos": _hundredths(pair.share), "how near": f"same {pair.shared_rank}" if pair.shared_rank else "no animal in one",
        }
        for pair in report.confused[:PAIRS]
    ]  # fmt: skip
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config={"share of its photos": _percent()})


def _percent() -> object:
    return st.column_config.NumberColumn(format="%.0f %%")


def _hundredths(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _draw_species(report: Report) -> None:
    order = sorted((row for row in report.species if row.n), key=lambda row: (row.recall, -row.n))
    rows = [_species(report, row) for row in order]
    shares = {name: _percent() for name in ("at least", "at most", "precision", "F1")}
    bar = st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100)
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config={**shares, "recognised": bar})
    silent = [report.names[row.id].scientific for row in report.species if not row.n]
    note = "The hardest first. “At least” and “at most” are a 95 % interval in which a burst counts as one photo."
    st.caption(note + (f" Without a photo here: {', '.join(silent)}." if silent else ""))


def _species(report: Report, row: SpeciesRow) -> dict[str, object]:
    low, high = row.interval or (0.0, 1.0)
    return {
        "species": _name(report, row.id), "photos": row.n, "trained on": row.n_train, "recognised": _hundredths(row.recall),
        "at least": _hundredths(low), "at most": _hundredths(high), "precision": _hundredths(row.precision), "F1": _hundredths(row.f1),
        "mistaken for": _name(report, row.mistaken_for) if row.mistaken_for else "",
    }  # fmt: skip


def _draw_photos(report: Report) -> None:
    """Show the photos of the library, and name the others."""
    if not report.worst:
        st.caption("None was wrong.")
        return
    st.caption("Where the label got the least probability: a hard photo, a mistake, or a wrong label.")
    rows = []
    for one in report.worst[:PHOTOS]:
        if (picture := _picture(one)) is not None:
            with st.container(border=True):
                st.image(picture, width=260, alt=f"The photo {one.file}")
                st.caption(
                    f"{_name(report, one.truth)}, taken for {_name(report, one.guess)}, {one.probability:.0%} sure"
                )
            continue
        rows.append(
            {
                "file": one.file, "labelled": _name(report, one.truth), "taken for": _name(report, one.guess),
                "how sure": _hundredths(one.probability), "given to the label": _hundredths(one.truth_probability),
            }
        )  # fmt: skip
    shares = {name: _percent() for name in ("how sure", "given to the label")}
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=shares)


def _picture(one: WorstPhoto) -> bytes | None:
    try:
        return services.library().read(one.sha256)
    except MediaError:
        return None


def _draw_elsewhere(report: Report) -> None:
    if report.novelty is not None:
        n = report.novelty
        st.markdown(
            f"**Animals that it does not know**: {n.strange:,} photos of unlisted species against {n.known:,} of listed ones, "
            f"AUROC {n.auroc:.3f} (largest probability alone {n.softmax_auroc:.3f}); {n.found:.0%} of them get no species name, "
            f"and neither do {1 - n.accepted:.0%} of the others."
        )
    if not report.shifted:
        st.caption("Other mixtures of species were not tried: the model does not know its own.")
        return
    charts.draw_mixtures(report)
