"""CSV that a spreadsheet cannot be attacked through."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def guard(value: object) -> object:
    """Return text that a spreadsheet shows instead of running (OWASP: CSV injection).

    Numbers stay numbers; text that would start a formula gets a leading apostrophe.
    """
    if isinstance(value, str) and value.startswith(_DANGEROUS):
        return "'" + value
    return value


def to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Return CSV text with a header line; missing values are empty."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
    return buffer.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else guard(value)
