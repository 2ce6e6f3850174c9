"""Darwin Core archives: a ZIP of tables and a `meta.xml` that says which is what.

Nothing is ever unpacked to disk, so a path in an archive leads nowhere; what it would grow to is
checked before anything is read (https://dwc.tdwg.org/text/).
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from core.errors import FormatError

MOST_BYTES = 300_000_000  # of all tables, unpacked
MOST_TIMES = 200  # how much larger than its file a table may be
META_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Table:
    """One table of an archive.

    Attributes:
        kind: Last part of its row type, such as `"Taxon"` or `"Distribution"`.
        key: Name under which `rows` gives the column that joins the tables.
    """

    kind: str
    _data: "_Part"

    def rows(self) -> Iterator[Mapping[str, str]]:
        """Yield cells by the lower-case last part of each column's term; the joining one as `"id"`."""
        part = self._data
        text = io.TextIOWrapper(io.BytesIO(part.content), encoding=part.encoding, newline="")
        reader = csv.reader(
            text,
            delimiter=part.delimiter,
            quotechar=part.quote or None,
            quoting=csv.QUOTE_MINIMAL if part.quote else csv.QUOTE_NONE,
        )
        try:
            for number, cells in enumerate(reader):
                if number >= part.skipped and cells:
                    found = {name: cells[i].strip() for i, name in part.columns if i < len(cells)}
                    yield {**part.defaults, **found}
        except UnicodeDecodeError as error:
            raise FormatError(
                f"{part.name} is not {part.encoding}, as its meta.xml says: byte {error.start}"
            ) from error
        except csv.Error as error:
            raise FormatError(f"{part.name}, line {reader.line_num}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    content: bytes
    encoding: str
    delimiter: str
    quote: str
    skipped: int
    columns: tuple[tuple[int, str], ...]
    defaults: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Archive:
    """The tables of an archive, the core first."""

    tables: tuple[Table, ...]

    @property
    def core(self) -> Table:
        """The table that the others extend."""
        return self.tables[0]

    def rows(self, kind: str) -> Iterator[Mapping[str, str]]:
        """Yield the rows of all tables of a kind."""
        for table in self.tables:
            if table.kind == kind:
                yield from table.rows()


def read_archive(path: Path) -> Archive:
    """Read an archive.

    Raises:
        FormatError: It is no ZIP file, unsafe (names that lead out of it, or a ZIP bomb), or `meta.xml` is missing,
            broken, or names a table that is not there.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_unsafe(archive, path)
            meta = _meta(archive, path)
            tables = [_table(archive, node, path) for node in meta if _tag(node) in ("core", "extension")]
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise FormatError(f"{path.name} cannot be read as a ZIP archive: {error}") from error
    if not tables:
        raise FormatError(f"{path.name}: its meta.xml names no table")
    return Archive(tuple(tables))


def _refuse_unsafe(archive: zipfile.ZipFile, path: Path) -> None:
    total = 0
    for info in archive.infolist():
        name = PurePosixPath(info.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or ":" in info.filename:
            raise FormatError(
                f"{path.name} holds a file named {info.filename!r}, which leads out of it; refused"
            )
        total += info.file_size
        if info.file_size > MOST_TIMES * max(info.compress_size, 1024):
            raise FormatError(
                f"{path.name}: {info.filename} would grow more than {MOST_TIMES} times; refused"
            )
    if total > MOST_BYTES:
        raise FormatError(
            f"{path.name} would unpack to {total / 1e6:.0f} MB; {MOST_BYTES / 1e6:.0f} MB are the limit"
        )


def _meta(archive: zipfile.ZipFile, path: Path) -> ElementTree.Element:
    names = [name for name in archive.namelist() if PurePosixPath(name).name == "meta.xml"]
    if not names:
        raise FormatError(f"{path.name} has no meta.xml and is therefore no Darwin Core archive")
    with archive.open(names[0]) as file:
        text = file.read(META_BYTES + 1)
    if len(text) > META_BYTES or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise FormatError(f"{path.name}: its meta.xml is too large or defines entities; refused")
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise FormatError(f"{path.name}: its meta.xml is broken: {error}") from error


def _table(archive: zipfile.ZipFile, node: ElementTree.Element, path: Path) -> Table:
    location = next((e.text or "" for e in node.iter() if _tag(e) == "location"), "").strip()
    names = {PurePosixPath(name).name: name for name in archive.namelist()}
    if location not in names:
        raise FormatError(f"{path.name}: its meta.xml names {location!r}, which is not there")
    columns, defaults = [], {}
    for element in node:
        index = element.get("index")
        name = "id" if _tag(element) in ("id", "coreid") else _last(element.get("term", ""))
        if index is not None and index.isdigit():
            columns.append((int(index), name.lower()))
        elif element.get("default") is not None:
            defaults[name.lower()] = str(element.get("default"))
    encoding = node.get("encoding") or "UTF-8"
    try:
        "".encode(encoding)
    except LookupError as error:
        raise FormatError(f"{path.name}: its meta.xml names an unknown encoding {encoding!r}") from error
    skipped = node.get("ignoreHeaderLines", "0")
    delimiter = (node.get("fieldsTerminatedBy") or ",").replace("\\t", "\t")
    if len(delimiter) != 1:
        raise FormatError(f"{path.name}: columns separated by {delimiter!r} cannot be read")
    with archive.open(names[location]) as file:
        content = file.read(MOST_BYTES + 1)
    return Table(
        _last(node.get("rowType", "")),
        _Part(
            location, content, encoding, delimiter, node.get("fieldsEnclosedBy") or "",
            int(skipped) if skipped.isdigit() else 0, tuple(columns), defaults,
        ),
    )  # fmt: skip


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _last(term: str) -> str:
    return term.rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1].rsplit(":", 1)[-1]
