"""The formats in which labels come and go."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import FormatError
from core.formats import coco, label_studio, labels_table
from core.formats.exchange import ExchangePhoto, Reading
from core.formats.text_table import read_text
from core.taxonomy import Taxonomy

MOST_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class LabelFormat:
    """How to write and read one format.

    Attributes:
        write: From photos to the text of a file.
        read: From a text and the name of its file to photos; raises `FormatError` where it is another format.
    """

    name: str
    write: Callable[[Iterable[ExchangePhoto], Taxonomy], str]
    read: Callable[[str, Taxonomy, str], Reading]


FORMATS: Mapping[str, LabelFormat] = {
    one.name: one
    for one in (
        LabelFormat("csv", labels_table.write, labels_table.read),
        LabelFormat("coco", coco.write, coco.read),
        LabelFormat("label-studio", label_studio.write, label_studio.read),
    )
}


def format_named(name: str) -> LabelFormat:
    """Return a format.

    Raises:
        FormatError: There is none of this name.
    """
    try:
        return FORMATS[name]
    except KeyError:
        raise FormatError(f"{name!r} is no format of labels; use one of {', '.join(FORMATS)}") from None


def read_labels(path: Path, taxonomy: Taxonomy, name: str | None = None) -> Reading:
    """Read a file of labels; without `name` its beginning tells the format.

    Raises:
        FormatError: The file cannot be read, or is none of our formats.
    """
    text = read_text(path, most_bytes=MOST_BYTES)
    return format_named(name or _format_of(text)).read(text, taxonomy, path.name)


def _format_of(text: str) -> str:
    first = text.lstrip()[:1]
    return {"{": "coco", "[": "label-studio"}.get(first, "csv")
