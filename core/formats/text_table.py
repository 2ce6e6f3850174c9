"""Tables that people and other tools send: CSV or tab-separated, of any size and any encoding mistake."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from core.errors import FormatError

MOST_BYTES = 20_000_000  # of a list that a person gives; a country's checklist is below 1 MB
csv.field_size_limit(1_000_000)


def read_text(path: Path, *, most_bytes: int = MOST_BYTES) -> str:
    """Return a file's text.

    Raises:
        FormatError: It is missing, larger than `most_bytes`, or not UTF-8.
    """
    try:
        size = path.stat().st_size
        if size > most_bytes:
            raise FormatError(
                f"{path.name} has {size / 1e6:.0f} MB; a list may have {most_bytes / 1e6:.0f} MB. "
                "Keep only the rows of the places or groups you need"
            )
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FormatError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{path.name} is not UTF-8 (byte {error.start}); save it again as “CSV UTF-8”"
        ) from error


def read_rows(text: str, where: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield line number and cells by lower-case column name; the separator is found in the first line.

    Raises:
        FormatError: There is no header, or a line cannot be parsed.
    """
    lines = text.splitlines()
    if not lines or not lines[0].strip():
        raise FormatError(f"{where} is empty; its first line must name the columns")
    # Not `lines`: a quoted cell may hold a line end, which must come back as it was.
    yield from rows_of(io.StringIO(text, newline=""), where, delimiter=_delimiter(lines[0]))


def rows_of(
    lines: Iterable[str], where: str, *, delimiter: str, quoted: bool = True
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield line number and cells by lower-case column name of lines that start with a header."""
    reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE)
    try:
        header = [name.strip().lower().rsplit(":", 1)[-1] for name in next(reader, [])]
        if doubled := sorted({name for name in header if name and header.count(name) > 1}):
            raise FormatError(f"{where}: the column {doubled[0]!r} is there twice")
        for cells in reader:
            if any(cell.strip() for cell in cells):
                row = zip(header, (cell.strip() for cell in cells), strict=False)
                yield reader.line_num, dict(row)
    except csv.Error as error:
        raise FormatError(f"{where}, line {reader.line_num}: {error}") from error


def _delimiter(header: str) -> str:
    return max(("\t", ",", ";"), key=header.count)
