"""Charts of how good models are."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

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


def _finish(figure: go.Figure, title: str, x: str | None, y: str | None) -> None:
    figure.update_layout(
        title={"text": title, "font": {"size": 15}}, height=320, margin=MARGIN, xaxis_title=x, yaxis_title=y,
        legend={"orientation": "h", "y": -0.25},
    )  # fmt: skip


def _draw(figure: go.Figure, key: str, alt: str) -> None:
    st.plotly_chart(figure, key=key, config={"displayModeBar": False}, alt=alt)
