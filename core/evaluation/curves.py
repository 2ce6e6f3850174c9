"""Curves of a training run, as pages to look at."""

import math
from pathlib import Path

from core.evaluation.page import STYLE
from core.evaluation.svg import Line, line_chart
from core.training.rate_finder import RateTest


def write_rates(test: RateTest, folder: Path) -> Path:
    """Draw a learning-rate range test as `rates.html` and return its path."""
    x = tuple(math.log10(rate) for rate in test.rates)
    low, high = min(test.losses), max(test.losses)
    room = 0.05 * (high - low) or 0.05
    at = math.log10(test.valley)
    chart = line_chart(
        f"Loss over the learning rate; the valley is at {test.valley:.1e}",
        [Line(x, test.losses, "one"), Line((at, at), (low - room, high + room), "guide")],
        x_label="learning rate, power of ten", y_label="loss", x_range=(x[0], x[-1]), y_range=(low - room, high + room),
        percent=False,
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "rates.html"
    path.write_text(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Learning-rate range test</title><style>{STYLE.read_text(encoding='utf-8')}</style></head>"
        "<body><main><h1>Learning-rate range test</h1>"
        f"<p>The dashed line is the valley, {test.valley:.1e}: high enough to learn, low enough to be safe. The loss falls "
        f"fastest at {test.steep:.1e}; a tenth of where it is lowest is {test.tenth:.1e}.</p>"
        f'<div class="card">{chart}</div></main></body></html>\n',
        encoding="utf-8",
    )
    return path
