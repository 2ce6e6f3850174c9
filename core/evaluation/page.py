"""The report as one HTML file for people: no script, nothing from elsewhere, light and dark."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from core.evaluation.cells import number, share, table
from core.evaluation.metrics import Evaluation
from core.evaluation.report import Report, ShiftedTest
from core.evaluation.sections import confusion_section, photo_section, species_section
from core.evaluation.shifts import BACKWARD, FORWARD, SITE, UNIFORM
from core.evaluation.svg import Line, bar, line_chart

STYLE = Path(__file__).with_name("page.css")
SPLITS = {"val": "validation photos", "test": "test photos", "train": "training photos"}
MIXTURES = {
    FORWARD: "common species even more common", UNIFORM: "all species alike", BACKWARD: "rare species common",
    SITE: "a site with few species",
}  # fmt: skip


def write_page(report: Report, folder: Path) -> Path:
    """Write `evaluation-<split>.html` and return its path."""
    path = folder / f"evaluation-{report.split}.html"
    path.write_text(page_html(report), encoding="utf-8")
    return path


def page_html(report: Report) -> str:
    """Return the whole page."""
    title = f"{report.model} {report.version} on {SPLITS.get(report.split, report.split)}"
    sections = [
        _head(report, title), _charts(report), _ranks(report), _kinds(report), _shifted(report), _novelty(report),
        confusion_section(report), species_section(report), photo_section(report), _training(report),
    ]  # fmt: skip
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE.read_text(encoding='utf-8')}</style></head>\n"
        f"<body><main>\n{chr(10).join(one for one in sections if one)}\n</main></body></html>\n"
    )


def _head(report: Report, title: str) -> str:
    s = report.all
    out = [f"{report.photos:,} photos, {report.made}, weights {report.weights_sha256[:8]}."]
    if report.unknown:
        out.append(f"{report.unknown:,} photos of species that the model does not know were left out.")
    if report.unreadable:
        out.append(f"{len(report.unreadable):,} files could not be read.")
    tiles = [
        _tile(s, "accuracy", s.accuracy, "best species right"),
        _tile(s, "balanced_accuracy", s.balanced_accuracy, "right, all species alike"),
        _tile(s, "macro_f1", s.macro_f1, f"macro-F1, {s.species_judged} species with 5 photos or more"),
        _tile(s, "answer_error", s.answer_error, "of what was stated is wrong"),
        _tile(s, "information", s.information, "of the information kept"),
        f"<li><b>{number(s.answer_ece)}</b><span>calibration error of the statements</span></li>",
    ]
    return (
        f'<h1>{escape(title)}</h1><p class="soft">{escape(" ".join(out))}</p>'
        f'<ul class="tiles">{"".join(tiles)}</ul>'
        '<p class="soft small" style="margin-top:.7rem">Below the figures: 95 % intervals, drawing whole bursts. '
        f"An answer stops at the finest rank that reaches a probability of {report.target:.2f}.</p>"
    )


def _tile(s: Evaluation, key: str, value: float | None, text: str) -> str:
    if value is None:
        return ""
    ends = s.intervals.get(key)
    range_ = f'<span class="soft">{100 * ends[0]:.1f} to {100 * ends[1]:.1f} %</span>' if ends else ""
    return f"<li><b>{share(value)}</b><span>{escape(text)}</span>{range_}</li>"


def _charts(report: Report) -> str:
    s = report.all
    guide = Line((0.0, 1.0), (0.0, 1.0), "guide")
    lines = [
        Line(tuple(b.confidence for b in bins), tuple(b.accuracy for b in bins), kind, dots=True)
        for bins, kind in ((s.reliability, "one"), (s.answer_reliability, "two"))
        if bins
    ]
    reliability = line_chart(
        f"Reliability: calibration error {s.ece:.3f} of the best class, {s.answer_ece:.3f} of the statements",
        [guide, *lines], x_label="stated probability", y_label="share right",
    )  # fmt: skip
    tree = report.tree_risk
    risks = [Line(report.risk.coverage, report.risk.risk, "one")]
    if tree:
        risks.append(Line(tree.coverage, tree.risk, "two"))
    top = max(0.02, *(max(line.y) for line in risks)) * 1.08
    risk = line_chart(
        f"Risk against coverage: area {report.risk.area:.4f}", risks, x_label="share answered, or information kept",
        y_label="share wrong", y_range=(0.0, top),
    )  # fmt: skip
    areas = f"{report.risk.area:.4f}" + (f" and {tree.area:.4f}" if tree else "")
    return (
        "<h2>Does it know what it knows?</h2><p>On the left, a statement of 80 % should be right four times out of "
        "five: on the dashed line. On the right, what goes wrong as more is answered, the surest first: lower is better.</p>"
        f'<div class="pair"><div class="card"><h3>Reliability</h3>{reliability}'
        f"{_legend(('one', f'best class, ECE {number(s.ece)}'), ('two', f'what was stated, ECE {number(s.answer_ece)}'))}</div>"
        f'<div class="card"><h3>Risk against coverage</h3>{risk}'
        f"{_legend(('one', 'best class or nothing'), ('two', 'coarser names where unsure (animals)'))}"
        f'<p class="soft small" style="margin:.4rem 0 0">Areas {areas}; Brier {number(s.brier)}, '
        f"log-likelihood −{number(s.nll)}.</p></div></div>"
    )


def _legend(*entries: tuple[str, str]) -> str:
    items = "".join(f'<li><i class="{kind}"></i>{escape(text)}</li>' for kind, text in entries)
    return f'<ul class="legend">{items}</ul>'


def _ranks(report: Report) -> str:
    rows = [
        [r.rank, share(r.top_1) + bar(r.top_1), share(r.top_3), share(r.top_5), share(r.macro_f1),
         share(r.balanced_accuracy), share(report.all.answered_at.get(r.rank, 0.0))]
        for r in report.all.ranks
    ]  # fmt: skip
    head = ["rank", "right first", "in first 3", "in first 5", "macro-F1", "balanced", "answers stop here"]
    h, s = report.all.hierarchical, report.all
    text = ""
    if h:
        text = (
            f"Hierarchical F1 of the best species {number(h.f1)}. Truth and guess meet {h.distance:.2f} ranks above the "
            f"species on average"
            + (f", mistakes {h.severity:.2f}." if h.severity is not None else "; there are no mistakes.")
        )
    if s.exact_path is not None:
        text += f" Every rank right at once: {share(s.exact_path)}."
    outcomes = ", ".join(f"{name.replace('_', ' ')} {share(value)}" for name, value in s.answered.items())
    return (
        f"<h2>At every rank</h2><p>{escape(text)} Answers: {escape(outcomes)}.</p>"
        f'<div class="card scroll">{table(head, rows)}</div>'
    )


def _kinds(report: Report) -> str:
    kinds = {"all": report.all, **report.by_kind}
    rows = [
        [escape(kind.replace("_", " ")), f"{s.n:,}", share(s.accuracy), _or(s.balanced_accuracy), _or(s.macro_f1), number(s.ece),
         share(s.answer_error), share(s.information),
         "–" if s.blank_recall is None else f"{round(s.blank_recall * s.blanks)} of {s.blanks}"]
        for kind, s in kinds.items()
    ]  # fmt: skip
    head = [
        "photos",
        "n",
        "right",
        "balanced",
        "macro-F1",
        "ECE",
        "wrong statements",
        "information",
        "empty frames found",
    ]
    tail = report.all.by_frequency
    text = ""
    if tail:
        parts = ", ".join(f"{name} {share(tail[name])}" for name in ("many", "medium", "few") if name in tail)
        text = f"<p>Right by how many photos of the species were trained on (thirds of the species): {parts}.</p>"
    return f'<h2>Kinds of photos, common and rare species</h2>{text}<div class="card scroll">{table(head, rows)}</div>'


def _or(value: float | None) -> str:
    return "–" if value is None else share(value)


def _shifted(report: Report) -> str:
    if not report.shifted:
        return ""
    rows = [[_mixture(t), share(t.equal), _or(t.adapted), share(t.known)] for t in report.shifted]
    t = report.shifted[0]
    return (
        "<h2>Other mixtures of species</h2><p>The same photos, drawn again with repetitions "
        f"({t.draws} times {t.n:,} photos). “Adapted” guesses from the photos alone how common each species is.</p>"
        f'<div class="card scroll">{table(["mixture", "all alike", "adapted", "if it were known"], rows)}</div>'
    )


def _mixture(test: ShiftedTest) -> str:
    if test.kind == UNIFORM:
        return MIXTURES[test.kind]
    extent = f"{share(test.ratio)} of them" if test.kind == SITE else f"1 : {test.ratio:g}"
    return f"{MIXTURES[test.kind]}, {extent}"


def _novelty(report: Report) -> str:
    n = report.novelty
    if n is None:
        return ""
    return (
        f"<h2>Animals that it does not know</h2><p>{n.strange:,} photos of unlisted species against {n.known:,} of listed "
        f"ones: AUROC {number(n.auroc)} (largest probability alone {number(n.softmax_auroc)}); to find 95 % of the strangers, "
        f"{share(n.fpr95)} of the others would be called strange. At the app's threshold {share(n.found)} of the strangers "
        f"are found and {share(n.accepted)} of the others accepted.</p>"
    )


def _training(report: Report) -> str:
    points = [(e["epoch"], e["val_macro_f1"]) for e in report.epochs if "val_macro_f1" in e and "epoch" in e]
    curve = [(float(x), float(y)) for x, y in points if x is not None and y is not None]
    if len(curve) < 2:
        return ""
    x, y = tuple(a for a, _ in curve), tuple(b for _, b in curve)
    chart = line_chart(
        f"macro-F1 on validation photos over {len(curve)} epochs", [Line(x, y, "one", dots=True)],
        x_label="epoch", y_label="macro-F1 (val)", x_range=_around(x, 0.0), y_range=_around(y, 0.01), percent=False,
    )  # fmt: skip
    return (
        f'<h2>Training</h2><div class="pair"><div class="card"><h3>Macro-F1 by epoch</h3>{chart}</div></div>'
    )


def _around(values: Sequence[float] | Iterable[float], room: float) -> tuple[float, float]:
    known = list(values)
    return min(known) - room, max(known) + room
