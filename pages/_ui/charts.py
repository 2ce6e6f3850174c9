"""Charts of how good models are."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.evaluation.report import RankConfusion, Report
from core.model.registry import InstalledModel

COLOURS = ("#4c8a66", "#c2813a", "#6b7fb5")
MARGIN = {"l": 0, "r": 0, "t": 36, "b": 0}


def draw_reliability(found: Mapping[str, Mapping[str, Any]]) -> None:
    """Draw how often a stated confidence was right; the diagonal is perfect."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"dash": "dot", "color": "#8a8a8a"},
        name="perfect",
        hoverinfo="skip",
    )
    texts = []
    for (label, metrics), colour in zip(found.items(), COLOURS, strict=False):
        bins = metrics.get("reliability", ())
        if not bins:
            continue
        figure.add_scatter(
            x=[one["confidence"] for one in bins], y=[one["accuracy"] for one in bins], name=label,
            mode="lines+markers", line={"color": colour}, customdata=[one["n"] for one in bins],
            hovertemplate="said %{x:.0%}, right %{y:.0%} of %{customdata} photos<extra></extra>",
        )  # fmt: skip
        texts.append(f"{label}: ECE {metrics['ece']:.3f}")
    if not texts:
        st.caption("No reliability diagram was recorded for these models.")
        return
    _finish(figure, "Is it as sure as it should be?", "stated confidence", "share right")
    _draw(figure, "reliability", "Reliability. " + "; ".join(texts))


def draw_ranks(found: Mapping[str, Mapping[str, Any]]) -> None:
    """Draw how often the best taxon of every rank is right."""
    figure = go.Figure()
    texts = []
    for (label, metrics), colour in zip(found.items(), COLOURS, strict=False):
        ranks = metrics["ranks"]
        figure.add_scatter(
            x=[one["rank"] for one in ranks], y=[one["top_1"] for one in ranks], name=label,
            mode="lines+markers", line={"color": colour},
            hovertemplate="%{x}: right for %{y:.1%}<extra></extra>",
        )  # fmt: skip
        texts.append(f"{label}: species {ranks[-1]['top_1']:.1%}, family {ranks[4]['top_1']:.1%}")
    lowest = min(one["top_1"] for metrics in found.values() for one in metrics["ranks"])
    _finish(figure, "Right at every rank", None, "share right")
    figure.update_yaxes(range=[max(0.0, lowest - 0.1), 1.0])
    _draw(figure, "ranks", "Accuracy by rank. " + "; ".join(texts))


def draw_training(chosen: Sequence[InstalledModel]) -> None:
    """Draw macro-F1 on validation photos over the epochs."""
    figure = go.Figure()
    texts = []
    for model, colour in zip(chosen, COLOURS, strict=False):
        epochs = model.bundle.training.get("epochs", ()) if model.bundle else ()
        if not epochs or model.bundle is None:
            continue
        label = f"{model.bundle.name} {model.bundle.version}"
        figure.add_scatter(
            x=[one["epoch"] for one in epochs], y=[one["val_macro_f1"] for one in epochs], name=label,
            mode="lines+markers", line={"color": colour}, hovertemplate="epoch %{x}: %{y:.3f}<extra></extra>",
        )  # fmt: skip
        texts.append(f"{label}: {len(epochs)} epochs, best {max(one['val_macro_f1'] for one in epochs):.3f}")
    if texts:
        _finish(figure, "Training: macro-F1 by epoch (val)", "epoch", None)
        _draw(figure, "training", "Training curves. " + "; ".join(texts))


def draw_learning(curve: Sequence[Mapping[str, float]]) -> None:
    """Draw loss and macro-F1 while a model learns."""
    steps = [one["step"] for one in curve]
    losses = [one["loss"] for one in curve]
    figure = go.Figure()
    figure.add_scatter(
        x=steps, y=losses, name="loss (left)", mode="lines+markers", line={"color": COLOURS[1]},
        hovertemplate="epoch %{x}: loss %{y:.3f}<extra></extra>",
    )  # fmt: skip
    judged = [one for one in curve if "macro_f1" in one]
    figure.add_scatter(
        x=[one["step"] for one in judged], y=[one["macro_f1"] for one in judged], name="macro-F1 (right)", yaxis="y2",
        mode="lines+markers", line={"color": COLOURS[0]}, hovertemplate="epoch %{x}: macro-F1 %{y:.3f}<extra></extra>",
    )  # fmt: skip
    _finish(figure, "Learning", "epoch", None)
    scores = [one["macro_f1"] for one in judged] or [0.0, 1.0]
    window = [
        max(0.0, min(scores) - 0.05),
        min(1.0, max(scores) + 0.05),
    ]  # a wiggle must not look like a fall
    figure.update_layout(
        yaxis2={"overlaying": "y", "side": "right", "showgrid": False, "tickformat": ".2f", "range": window},
        height=280,
    )
    text = f"Learning: {len(curve)} epochs, loss {losses[0]:.3f} to {losses[-1]:.3f}"
    if judged:
        text += f", macro-F1 {judged[0]['macro_f1']:.3f} to {judged[-1]['macro_f1']:.3f}"
    _draw(figure, "learning", text)


def draw_runs(runs: Mapping[str, Sequence[Mapping[str, float]]]) -> None:
    """Draw macro-F1 on val, and dotted the loss, over the epochs of training runs."""
    figure = go.Figure()
    texts = []
    for (label, epochs), colour in zip(runs.items(), COLOURS, strict=False):
        for key, axis, dash in (("val_macro_f1", "y", "solid"), ("train_loss", "y2", "dot")):
            points = [one for one in epochs if key in one]
            if points:
                figure.add_scatter(
                    x=[one["epoch"] for one in points], y=[one[key] for one in points], yaxis=axis, name=label,
                    showlegend=key == "val_macro_f1", mode="lines+markers", line={"color": colour, "dash": dash},
                    hovertemplate=f"epoch %{{x}}: {key.replace('_', ' ')} %{{y:.3f}}<extra></extra>",
                )  # fmt: skip
        if known := [one["val_macro_f1"] for one in epochs if "val_macro_f1" in one]:
            texts.append(f"{label}: {len(known)} epochs, best {max(known):.3f}")
    if not texts:
        st.caption("No curve was noted for these runs.")
        return
    _finish(figure, "macro-F1 (line) and loss (dotted)", "epoch", None)
    figure.update_layout(yaxis2={"overlaying": "y", "side": "right", "showgrid": False, "tickformat": ".2f"})
    _draw(figure, "runs", "Training runs. " + "; ".join(texts))


def draw_changes(classes: Sequence[Mapping[str, Any]]) -> None:
    """Draw by how much each species is recognised more or less often than before, the worst first."""
    points = [(one["name"], 100 * (one["new"] - one["old"]) / one["photos"], one) for one in classes]
    points.sort(key=lambda one: one[1], reverse=True)
    figure = go.Figure(
        go.Bar(
            x=[value for _, value, _ in points], y=[name for name, _, _ in points], orientation="h",
            marker={"color": [COLOURS[0] if value >= 0 else COLOURS[1] for _, value, _ in points]},
            customdata=[[one["old"], one["new"], one["photos"]] for _, _, one in points],
            hovertemplate="%{y}: %{customdata[0]} before, %{customdata[1]} now, of %{customdata[2]} photos<extra></extra>",
        )
    )  # fmt: skip
    _finish(figure, "Better and worse, by species", "points of recall", None)
    figure.update_layout(height=130 + 26 * len(points), yaxis={"automargin": True}, bargap=0.35)
    _draw(figure, "changes", "Change in recall. " + "; ".join(f"{n}: {v:+.0f} points" for n, v, _ in points))


def draw_risk(report: Report) -> None:
    """Draw what goes wrong as more is answered, the surest first."""
    figure = go.Figure()
    curves = [(report.risk.coverage, report.risk.risk, "best species or nothing", report.risk.area)]
    if report.tree_risk is not None:
        tree = report.tree_risk
        curves.append((tree.coverage, tree.risk, "coarser names where unsure (animals)", tree.area))
    for (x, y, label, _), colour in zip(curves, COLOURS, strict=False):
        figure.add_scatter(
            x=list(x), y=list(y), name=label, mode="lines", line={"color": colour},
            hovertemplate="%{x:.0%} told, %{y:.1%} of it wrong<extra></extra>",
        )  # fmt: skip
    _finish(
        figure,
        "What goes wrong as more is told, the surest first",
        "share answered, or information kept",
        "share wrong",
    )
    figure.update_xaxes(tickformat=".0%")
    figure.update_yaxes(tickformat=".1%", rangemode="tozero")
    areas = "; ".join(f"{label}: area {area:.4f}" for _, _, label, area in curves)
    _draw(figure, "risk", f"Risk against coverage. {areas}")
    st.caption(
        f"Lower is better. At the target of {report.target:.0%}, {report.all.answer_error:.1%} of what is stated is wrong and "
        f"{report.all.information:.1%} of the information is kept; the statements' calibration error is {report.all.answer_ece:.3f}."
    )


def draw_confusion(report: Report, confusion: RankConfusion) -> None:
    """Draw truth against guess, relatives side by side; drag to zoom in, double-click to zoom out."""
    names = [report.names[taxon].scientific for taxon in confusion.taxa]
    shown: dict[int, int] = {}
    for truth, _, n in confusion.cells:
        shown[truth] = shown.get(truth, 0) + n
    shares: list[list[float | None]] = [[None] * len(names) for _ in names]
    counts = [[0] * len(names) for _ in names]
    for truth, guess, n in confusion.cells:
        shares[truth][guess] = (n if truth == guess else -n) / shown[truth]
        counts[truth][guess] = n
    figure = go.Figure(
        go.Heatmap(
            z=shares, x=names, y=names, customdata=counts, zmin=-1, zmax=1, showscale=False, xgap=1, ygap=1,
            colorscale=[[0, "#7d1f12"], [0.499, "#e9b3a6"], [0.501, "#bcd8c6"], [1, "#2f6b4b"]],
            hovertemplate="%{y}, taken for %{x}: %{customdata} photos<extra></extra>", hoverongaps=False,
        )
    )  # fmt: skip
    figure.update_layout(
        height=640, margin=MARGIN, xaxis={"side": "top", "tickangle": -90, "showgrid": False},
        yaxis={"autorange": "reversed", "showgrid": False}, dragmode="zoom",
    )  # fmt: skip
    right = sum(n for truth, guess, n in confusion.cells if truth == guess)
    total = sum(shown.values())
    _draw(figure, "confusion", f"Confusion by {confusion.rank}: {right} of {total} photos on the diagonal")
    st.caption(
        "Truth down, taken for across; relatives are neighbours. Green is recognised, red is not; the stronger, the larger "
        "the share. Drag over a part to zoom in, double-click to come back."
    )


def draw_mixtures(report: Report) -> None:
    """Draw accuracy on the same photos in other mixtures of species."""
    figure = go.Figure()
    labels = [_mixture(one.kind, one.ratio) for one in report.shifted]
    series = (
        ("all species alike", [one.equal for one in report.shifted]),
        ("mixture guessed from the photos", [one.adapted for one in report.shifted]),
        ("if the mixture were known", [one.known for one in report.shifted]),
    )
    for (name, values), colour in zip(series, COLOURS, strict=True):
        figure.add_bar(
            x=labels,
            y=values,
            name=name,
            marker={"color": colour},
            hovertemplate="%{x}: %{y:.1%}<extra></extra>",
        )
    _finish(figure, "The same photos in other mixtures of species", None, "accuracy")
    known = [value for _, values in series for value in values if value is not None]
    figure.update_yaxes(range=[max(0.0, min(known) - 0.05), 1.0], tickformat=".0%")
    text = "; ".join(
        f"{label}: {one.equal:.1%}, known {one.known:.1%}"
        for label, one in zip(labels, report.shifted, strict=True)
    )
    _draw(figure, "mixtures", f"Accuracy in other mixtures. {text}")


def _mixture(kind: str, ratio: float) -> str:
    if kind == "site":
        return f"{ratio:.0%} of the species"
    return {"forward": f"common ×{ratio:g}", "backward": f"rare ×{ratio:g}"}.get(kind, "all alike")


def _finish(figure: go.Figure, title: str, x: str | None, y: str | None) -> None:
    figure.update_layout(
        title={"text": title, "font": {"size": 15}}, height=320, margin=MARGIN, xaxis_title=x, yaxis_title=y,
        legend={"orientation": "h", "y": -0.25},
    )  # fmt: skip


def _draw(figure: go.Figure, key: str, alt: str) -> None:
    st.plotly_chart(figure, key=key, config={"displayModeBar": False}, alt=alt)
