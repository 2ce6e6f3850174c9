"""The long parts of the HTML report: what is taken for what, every species, the worst photos."""

from html import escape

from core.evaluation.cells import name_of, share, table
from core.evaluation.report import RankConfusion, Report, SpeciesRow
from core.evaluation.svg import bar, heat_map
from core.taxonomy import Rank

PAIRS, PHOTOS = 25, 24
OPEN_AT = Rank.FAMILY


def confusion_section(report: Report) -> str:
    """Draw families, fold orders and genera, and list the pairs."""
    maps = [one for one in report.confusions if Rank.parse(one.rank) in (Rank.ORDER, Rank.FAMILY)]
    drawn = "".join(_map(report, one) for one in maps)
    rows = [
        [name_of(report, pair.truth), name_of(report, pair.guess), f"{pair.count}", share(pair.share),
         f"same {pair.shared_rank}" if pair.shared_rank else "no animal in one"]
        for pair in report.confused[:PAIRS]
    ]  # fmt: skip
    head = ["shown", "taken for", "photos", "of its photos", "how near"]
    pairs = (
        f'<div class="card scroll">{table(head, rows, kinds=("text", "text"))}</div>'
        if rows
        else "<p>Nothing was.</p>"
    )
    return (
        "<h2>What is taken for what</h2><p>Relatives are neighbours. Green on the diagonal is recognised, red beside it "
        "is not; the stronger, the larger the share. Point at a square to read it.</p>"
        f"{drawn}<h2>Most often taken for another</h2>{pairs}"
    )


def _map(report: Report, confusion: RankConfusion) -> str:
    names = [report.names[taxon].scientific for taxon in confusion.taxa]
    title = f"Confusion by {confusion.rank}: {len(names)} taxa"
    drawn = heat_map(title, names, confusion.cells, cell=13 if len(names) > 40 else 17)
    opened = " open" if Rank.parse(confusion.rank) is OPEN_AT else ""
    return (
        f"<details{opened}><summary>By {confusion.rank}, {len(names)} of them</summary>"
        f'<div class="card scroll map">{drawn}</div></details>'
    )


def species_section(report: Report) -> str:
    """List every class, the worst recall first; those without a photo here last."""
    rows = sorted(report.species, key=lambda row: (row.recall is None, row.recall or 0.0, -row.n))
    shown = [_species(report, row) for row in rows if row.n]
    silent = [report.names[row.id].scientific for row in rows if not row.n]
    note = f'<p class="soft small">Without a photo here: {escape(", ".join(silent))}.</p>' if silent else ""
    head = [
        "species",
        "photos",
        "trained on",
        "recognised",
        "95 % interval",
        "precision",
        "F1",
        "mistaken for",
    ]
    return (
        "<h2>Every species</h2><p>The hardest first. The thin line is the 95 % interval, a burst counting as one photo.</p>"
        f'<div class="card scroll">{table(head, shown, kinds=("text", "", "", "", "", "", "", "text"))}</div>{note}'
    )


def _species(report: Report, row: SpeciesRow) -> list[str]:
    low, high = row.interval or (0.0, 1.0)
    recall = row.recall or 0.0
    return [
        name_of(report, row.id),
        f"{row.n}",
        "–" if row.n_train is None else f"{row.n_train}",
        share(recall) + bar(recall, row.interval),
        f"{100 * low:.0f}–{100 * high:.0f} %",
        "–" if row.precision is None else share(row.precision),
        "–" if row.f1 is None else share(row.f1),
        f"<i>{escape(report.names[row.mistaken_for].scientific)}</i>" if row.mistaken_for else "",
    ]


def photo_section(report: Report) -> str:
    """List the photos whose truth got the least probability."""
    if not report.worst:
        return ""
    rows = [
        [escape(one.file), name_of(report, one.truth), name_of(report, one.guess), share(one.probability),
         share(one.truth_probability)]
        for one in report.worst[:PHOTOS]
    ]  # fmt: skip
    head = ["file", "labelled", "taken for", "how sure", "given to the label"]
    return (
        "<h2>Photos to look at</h2><p>Where the label got the least probability: a hard photo, a mistake of the model, "
        "or a wrong label.</p>"
        f'<div class="card scroll">{table(head, rows, kinds=("file", "text", "text"))}</div>'
    )
