"""Small charts as SVG text: no script, no font, colours from the page's CSS variables.

Every chart says in `<title>` what it shows, for people who do not see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

WIDTH, HEIGHT = 520, 320
LEFT, RIGHT, TOP, BOTTOM = 68, 26, 12, 44
LETTER = 5.4  # px; width of one in the names of a heat map, about


@dataclass(frozen=True, slots=True)
class Line:
    """Points joined in their order.

    Attributes:
        kind: A class of the page's CSS: `"one"`, `"two"` or `"guide"`.
        dots: Whether every point gets a dot.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    kind: str
    label: str = ""
    dots: bool = False


def line_chart(
    title: str,
    lines: Sequence[Line],
    *,
    x_label: str,
    y_label: str,
    x_range: tuple[float, float] = (0.0, 1.0),
    y_range: tuple[float, float] = (0.0, 1.0),
    percent: bool = True,
) -> str:
    """Return an SVG of lines over shares; what lies outside the ranges is cut off.

    Args:
        percent: Whether the ticks of both axes are shares, written as percentages.
    """
    inner = [*_frame(x_range, y_range, x_label, y_label, percent)]
    for line in lines:
        points = [
            (_at(x, x_range, LEFT, WIDTH - RIGHT), _at(y, y_range, HEIGHT - BOTTOM, TOP))
            for x, y in zip(line.x, line.y, strict=True)
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        inner.append(f'<polyline class="line {line.kind}" points="{path}"/>')
        if line.dots:
            inner += [
                f'<circle class="dot {line.kind}" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>' for x, y in points
            ]
    return _svg(title, WIDTH, HEIGHT, inner)


def heat_map(
    title: str, names: Sequence[str], cells: Sequence[tuple[int, int, int]], *, cell: int = 15
) -> str:
    """Return a confusion matrix: truth down, guess across, the shade the share of the truth's photos.

    Args:
        cells: Row, column and number of photos; what is missing is 0.
    """
    totals = np.bincount([t for t, _, _ in cells], [n for _, _, n in cells], minlength=len(names))
    margin = round(LETTER * max(map(len, names), default=0)) + 16
    size = cell * len(names)
    inner = [f'<rect class="plot" x="{margin}" y="{margin}" width="{size}" height="{size}"/>']
    for number, name in enumerate(names):
        middle = margin + cell * number + cell / 2
        text = escape(name)
        inner.append(
            f'<text class="tick" x="{margin - 6}" y="{middle + 3.5:.1f}" text-anchor="end">{text}</text>'
        )
        inner.append(
            f'<text class="tick" transform="translate({middle + 3.5:.1f},{margin - 6}) rotate(-90)">{text}</text>'
        )
    for truth, guess, n in cells:
        share = n / max(1.0, float(totals[truth]))
        kind = "hit" if truth == guess else "miss"
        what = f"{names[truth]} taken for {names[guess]}" if kind == "miss" else f"{names[truth]} recognised"
        inner.append(
            f'<rect class="{kind}" x="{margin + cell * guess}" y="{margin + cell * truth}" width="{cell}" '
            f'height="{cell}" fill-opacity="{0.4 + 0.6 * share:.2f}">'
            f"<title>{escape(what)}: {n} photos, {share:.0%}</title></rect>"
        )
    inner.append(
        f'<text class="axis" x="{margin}" y="{margin + size + 20}">taken for, across; truth, down</text>'
    )
    return _svg(title, margin + size + 8, margin + size + 28, inner)


def bar(share: float, interval: tuple[float, float] | None = None) -> str:
    """Return a bar from 0 to 1, with its interval as a thin line."""
    inner = [
        '<rect class="track" width="100" height="8" rx="4"/>',
        f'<rect class="fill" width="{100 * share:.1f}" height="8" rx="4"/>',
    ]
    if interval:
        low, high = interval
        inner.append(
            f'<rect class="whisker" x="{100 * low:.1f}" y="3.4" width="{100 * (high - low):.1f}" height="1.2"/>'
        )
    return f'<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">{"".join(inner)}</svg>'


def _frame(
    x_range: tuple[float, float], y_range: tuple[float, float], x_label: str, y_label: str, percent: bool
) -> list[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [f'<rect class="plot" x="{LEFT}" y="{TOP}" width="{right - LEFT}" height="{bottom - TOP}"/>']
    for x in ticks(*x_range):
        at = _at(x, x_range, LEFT, right)
        parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{bottom}"/>')
        text = _tick(x, percent)
        parts.append(f'<text class="tick" x="{at:.1f}" y="{bottom + 16}" text-anchor="middle">{text}</text>')
    for y in ticks(*y_range):
        at = _at(y, y_range, bottom, TOP)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>')
        text = _tick(y, percent)
        parts.append(f'<text class="tick" x="{LEFT - 7}" y="{at + 4:.1f}" text-anchor="end">{text}</text>')
    middle, side = (LEFT + right) / 2, (TOP + bottom) / 2
    parts.append(
        f'<text class="axis" x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x_label)}</text>'
    )
    parts.append(
        f'<text class="axis" transform="translate(12,{side}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>'
    )
    return parts


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return round numbers in a range, 1, 2 or 5 times a power of ten apart."""
    if not high > low:
        return [low]
    raw = (high - low) / about
    power = 10.0 ** np.floor(np.log10(raw))
    step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first = int(np.ceil(low / step - 1e-9))
    return [number * step for number in range(first, int(np.floor(high / step + 1e-9)) + 1)]


def _tick(value: float, percent: bool) -> str:
    return f"{100 * value:g} %" if percent else f"{value:g}"


def _at(value: float, range_: tuple[float, float], start: float, stop: float) -> float:
    share = (value - range_[0]) / max(1e-12, range_[1] - range_[0])
    return start + min(1.0, max(0.0, share)) * (stop - start)


def _svg(title: str, width: float, height: float, inner: Sequence[str]) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" role="img"><title>{escape(title)}</title>'
        f"{''.join(inner)}</svg>"
    )
