"""Lists of what lives where, from people: CSV, or a Darwin Core archive as GRIIS publishes them.

GRIIS: Pagad et al. (2018), Scientific Data 5:170202; one archive a country, `Distribution` says where and
`SpeciesProfile` whether a species is invasive there.
"""

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pycountry

from core.errors import FormatError
from core.formats.darwin_core import Archive, read_archive
from core.formats.text_table import read_rows, read_text
from core.place import Presence, PresenceRecord
from core.taxonomy.names import Names

NAME_COLUMNS = ("scientific_name", "scientificname", "taxon", "species", "name", "acceptednameusage")
COUNTRY_COLUMNS = ("country", "countrycode", "country_code", "iso")
STATUS_COLUMNS = ("status", "presence", "establishmentmeans", "establishment_means")
REGION_COLUMNS = ("region", "stateprovince", "admin1", "locationid")
DATE_COLUMNS = ("date", "eventdate", "year", "modified")
MEANINGS = {
    "native": Presence.NATIVE, "endemic": Presence.NATIVE, "indigenous": Presence.NATIVE,
    "nativereintroduced": Presence.NATIVE, "resident": Presence.NATIVE, "breeding": Presence.NATIVE,
    "present": Presence.NATIVE, "possible": Presence.PERHAPS_NATIVE, "perhaps_native": Presence.PERHAPS_NATIVE,
    "vagrant": Presence.PERHAPS_NATIVE, "uncertain": Presence.PERHAPS_NATIVE,
    "cryptogenic": Presence.PERHAPS_NATIVE, "introduced": Presence.INTRODUCED, "alien": Presence.INTRODUCED,
    "naturalised": Presence.INTRODUCED, "naturalized": Presence.INTRODUCED, "exotic": Presence.INTRODUCED,
    "introducedassistedcolonisation": Presence.INTRODUCED, "invasive": Presence.INVASIVE,
    "domestic": Presence.DOMESTIC, "managed": Presence.DOMESTIC, "absent": Presence.ABSENT,
    "extinct": Presence.ABSENT, "extirpated": Presence.ABSENT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PresenceList:
    """What was read.

    Attributes:
        unknown: Names that mean no species of ours, in the order of the file.
    """

    records: tuple[PresenceRecord, ...]
    unknown: tuple[str, ...]


def read_presence_list(
    path: Path, names: Names, *, checklist: str, country: str | None = None
) -> PresenceList:
    """Read a list.

    Args:
        names: How a name becomes a taxon; synonyms count, near misses do not.
        checklist: What the list shall be called.
        country: ISO 3166-1 code, for a list that does not say where.

    Raises:
        FormatError: The file cannot be read, or a country, region or status is none; the message names up to
            five lines.
    """
    default = None if country is None else country_code(country)
    if country is not None and default is None:
        raise FormatError(f"{country!r} is no country; use ISO 3166 codes such as KEN or KE")
    if zipfile.is_zipfile(path):
        lines = _archive_lines(read_archive(path), path.name)
    elif path.suffix.lower() == ".zip":
        raise FormatError(f"{path.name} is called ZIP but is none, or is damaged; fetch it again")
    else:
        lines = _table_lines(read_text(path), path.name)
    records, unknown, problems = [], [], []
    for where, row in lines:
        try:
            record = _record(row, names, checklist, default)
        except ValueError as error:
            problems.append(f"{where}: {error}")
            continue
        if isinstance(record, str):
            unknown.append(record)
        else:
            records.append(record)
    if problems:
        more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise FormatError("; ".join(problems[:5]) + more)
    return PresenceList(tuple(dict.fromkeys(records)), tuple(dict.fromkeys(unknown)))


def country_code(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-3 code of a code or an English name, `None` if there is none."""
    text = text.strip()
    if text.upper() in ("XKX", "XK"):
        return "XKX"
    found = (
        pycountry.countries.get(alpha_3=text.upper())
        or pycountry.countries.get(alpha_2=text.upper())
        or pycountry.countries.get(name=text)
        or pycountry.countries.get(common_name=text)
    )
    return found.alpha_3 if found else None


def _record(
    row: Mapping[str, str], names: Names, checklist: str, default: str | None
) -> PresenceRecord | str:
    """Return a line's record, or its name if that is no species of ours.

    Raises:
        ValueError: The line contradicts the form.
    """
    name = _first(row, NAME_COLUMNS)
    if not name:
        raise ValueError(f"no name; a list needs a column {NAME_COLUMNS[0]!r}")
    written = _first(row, COUNTRY_COLUMNS)
    country = country_code(written) if written else default
    if country is None:
        raise ValueError(
            f"{written!r} is no country (ISO 3166, such as KEN)" if written else "no country; say which one"
        )
    status = _first(row, STATUS_COLUMNS).lower().replace(" ", "")
    if row.get("isinvasive", "").lower() in ("invasive", "yes", "true", "1"):
        status = "invasive"
    presence = MEANINGS.get(status or "native")
    if row.get("occurrencestatus", "").lower() in ("absent", "extinct", "extirpated", "eradicated"):
        presence = Presence.ABSENT
    if presence is None:
        raise ValueError(f"the status {status!r} is none of {', '.join(one.value for one in Presence)}")
    taxon = names.taxon(name) or names.taxon(row.get("acceptednameusage", ""))
    if taxon is None:
        return name
    return PresenceRecord(
        taxon, country, presence, checklist, _first(row, DATE_COLUMNS)[:10], _region(row, country)
    )


def _region(row: Mapping[str, str], country: str) -> str:
    """Return the ISO 3166-2 code of a line, `""` for the whole country."""
    text = _first(row, REGION_COLUMNS)
    if "-" not in text:
        return ""
    found = pycountry.subdivisions.get(code=text.upper())  # type: ignore[no-untyped-call]
    if found is None:
        return ""
    if country_code(found.country_code) != country:
        raise ValueError(f"the region {text} is not in {country}")
    return str(found.code)


def _first(row: Mapping[str, str], columns: tuple[str, ...]) -> str:
    return next((row[name] for name in columns if row.get(name)), "")


def _table_lines(text: str, name: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for number, row in read_rows(text, name):
        yield f"{name}, line {number}", row


def _archive_lines(archive: Archive, name: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    taxa = {row.get("id", ""): row for row in archive.core.rows()}
    invasive = {row.get("id", ""): row for row in archive.rows("SpeciesProfile")}
    for number, row in enumerate(archive.rows("Distribution"), 1):
        key = row.get("id", "")
        if key in taxa:
            yield f"{name}, distribution {number}", {**taxa[key], **invasive.get(key, {}), **row}
