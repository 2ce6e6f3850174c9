"""CSV that a spreadsheet cannot be attacked through."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

_DANGEROUS = ("=", "+", "-", "@")
_CONTROLS = ("\t", "\r", "\n")


def guard(value: object) -> object:
    """Return text that a spreadsheet shows instead of running (OWASP: CSV injection).

    Numbers stay numbers; text that would start a formula gets a leading apostrophe. Spreadsheets in
    some languages read full-width signs as plain ones, and some importers trim spaces and invisible
    characters first.
    """
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFKC", value)
    first = next((c for c in text if not c.isspace() and unicodedata.category(c)[0] != "C"), "")
    return "'" + value if value.startswith(_CONTROLS) or first in _DANGEROUS else value


def to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Return CSV text with a header line; missing values are empty."""
    lines = [_line(columns)]
    lines.extend(_line([_cell(row.get(column)) for column in columns]) for row in rows)
    return "".join(lines)


def _line(cells: Sequence[object]) -> str:
    # csv quotes only the line ends it writes itself; a bare carriage return in a name must not end a row.
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().removesuffix("\r\n") + "\n"


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.9g}"  # a position to a decimetre
    return guard(value)
