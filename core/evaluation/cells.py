"""Cells of the HTML report."""

from collections.abc import Sequence
from html import escape

from core.evaluation.report import Report


def share(value: float) -> str:
    """Return `"95.2 %"`."""
    return f"{100 * value:.1f} %"


def number(value: float) -> str:
    """Return three digits behind the point."""
    return f"{value:.3f}"


def name_of(report: Report, taxon: str) -> str:
    """Return a taxon's names as HTML, the English one first where there is one."""
    names = report.names[taxon]
    latin = f"<i>{escape(names.scientific)}</i>"
    return f'{escape(names.common)} <span class="soft">{latin}</span>' if names.common else latin


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, kinds: Sequence[str] = ()) -> str:
    """Return an HTML table of cells that are HTML already.

    Args:
        kinds: CSS class of each column, `""` for none.
    """
    classes = [f' class="{kind}"' if kind else "" for kind in (*kinds, *[""] * (len(head) - len(kinds)))]
    top = "".join(f"<th{kind}>{escape(cell)}</th>" for cell, kind in zip(head, classes, strict=True))
    body = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(row, classes, strict=True))
        + "</tr>\n"
        for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>\n{body}</tbody></table>"
