"""Taxonomies that others keep, as taxa that fit into ours: our own CSV, Darwin Core, Catalogue of Life.

Three shapes of table are understood. One row a taxon with its parent (our CSV: `scientific_name`, `rank`,
`parent`; Darwin Core: `taxonID`, `parentNameUsageID`, `acceptedNameUsageID`; ColDP: `col:ID`,
`col:parentID`, `col:status`), or one row a species with a column for every rank. Ranks between ours are
stepped over.
"""

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import FormatError
from core.formats.darwin_core import read_archive
from core.formats.text_table import read_rows, read_text
from core.taxonomy import Rank, Taxon, Taxonomy, slug
from core.taxonomy.names import canonical

MOST_TAXA = 300_000
MOST_BYTES = 400_000_000
_RANKS = {rank.label: rank for rank in Rank}
_ACCEPTED = ("", "accepted", "valid", "provisionally accepted", "unambiguous synonym of accepted")


@dataclass(frozen=True, slots=True)
class TaxonList:
    """What a file adds to a taxonomy.

    Attributes:
        taxonomy: The given tree with the file's taxa added.
        problems: What is wrong with the file, by line; such rows were left out.
        notes: Where the file and our tree differ; ours stays, models know it.
    """

    taxonomy: Taxonomy
    rows: int
    problems: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    where: str
    key: str
    name: str
    rank: str
    parent: str
    accepted: str
    common: tuple[tuple[str, str], ...]
    synonyms: tuple[str, ...]
    lineage: tuple[tuple[Rank, str], ...]


def read_taxon_list(path: Path, base: Taxonomy) -> TaxonList:
    """Read a file and hang its taxa into a tree.

    A name that `base` has keeps its id and place. A synonym becomes a further name of what it stands for.

    Raises:
        FormatError: The file cannot be read, has no usable columns, or holds more than 300,000 taxa.
    """
    rows, problems = [], []
    for where, cells in _lines(path):
        row = _row(where, cells)
        if row is None:
            problems.append(f"{where}: no scientific name")
        else:
            rows.append(row)
        if len(rows) > MOST_TAXA:
            raise FormatError(
                f"{path.name} has more than {MOST_TAXA:,} rows; export only the groups you need, such as mammals"
            )
    if not rows:
        raise FormatError(f"{path.name} has no taxon; a list needs a column scientific_name")
    return _join(rows, base, problems)


def _lines(path: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            coldp = [name for name in archive.namelist() if name.lower().endswith("nameusage.tsv")]
            if coldp:
                if archive.getinfo(coldp[0]).file_size > MOST_BYTES:
                    raise FormatError(
                        f"{path.name}: {coldp[0]} is too large; export only the groups you need"
                    )
                text = archive.read(coldp[0]).decode("utf-8-sig", errors="replace")
                for number, row in read_rows(text, coldp[0]):
                    yield f"{coldp[0]}, line {number}", row
                return
        for number, row in enumerate(read_archive(path).core.rows(), 2):
            yield f"{path.name}, row {number}", {"taxonid": row.get("id", ""), **row}
        return
    for number, row in read_rows(read_text(path, most_bytes=MOST_BYTES), path.name):
        yield f"{path.name}, line {number}", row


def _row(where: str, cells: Mapping[str, str]) -> _Row | None:
    lineage = tuple((rank, cells[label]) for label, rank in _RANKS.items() if cells.get(label))
    name = canonical(cells.get("scientific_name") or cells.get("scientificname") or "")
    if not name and lineage:
        name = lineage[-1][1]
    if not name:
        return None
    rank = (cells.get("rank") or cells.get("taxonrank") or "").lower()
    if not rank and lineage:
        rank = lineage[-1][0].label
    common = tuple(
        (column[-2:], cells[column])
        for column in cells
        if column.startswith("common_name_") and cells[column]
    )
    if not common and cells.get("vernacularname"):
        common = (("en", cells["vernacularname"]),)
    status = (cells.get("status") or cells.get("taxonomicstatus") or "").lower()
    accepted = cells.get("acceptednameusageid") or cells.get("accepted") or ""
    if not accepted and status not in _ACCEPTED:
        accepted = (
            cells.get("parentid") or cells.get("acceptednameusage") or "?"
        )  # ColDP: the parent of a synonym
    key = cells.get("taxonid") or cells.get("id") or name
    return _Row(
        where, key, name, rank,
        cells.get("parentnameusageid") or cells.get("parentid") or cells.get("parent") or "",
        "" if accepted == key else accepted, common,
        tuple(part.strip() for part in cells.get("synonyms", "").split(";") if part.strip()),
        lineage,
    )  # fmt: skip


def _join(rows: list[_Row], base: Taxonomy, problems: list[str]) -> TaxonList:
    taxa: dict[str, Taxon] = {taxon.id: taxon for taxon in base.order}
    notes: list[str] = []
    by_key: dict[str, _Row] = {}
    for row in rows:
        if row.key in by_key:
            problems.append(f"{row.where}: the id {row.key} is there twice, first in {by_key[row.key].where}")
        by_key.setdefault(row.key, row)
    for row in sorted(by_key.values(), key=lambda r: _RANKS.get(r.rank, Rank.SPECIES)):
        if row.accepted or row.rank not in _RANKS:
            continue
        above = list(_ancestors(row, by_key, problems))
        _hang(row, above, taxa, problems, notes)
    for row in by_key.values():
        if row.accepted:
            _add_synonym(row, by_key, taxa, problems, notes)
    return TaxonList(Taxonomy(taxa.values()), len(rows), tuple(dict.fromkeys(problems)), tuple(notes))


def _ancestors(row: _Row, by_key: Mapping[str, _Row], problems: list[str]) -> Iterator[tuple[Rank, str]]:
    """Yield what lies above a row, finest first, each with one of our ranks."""
    if row.lineage:
        yield from ((rank, name) for rank, name in reversed(row.lineage) if rank.label != row.rank)
        return
    seen, step = {row.key}, row.parent
    while step:
        if step in seen:
            problems.append(f"{row.where}: {row.name} is its own ancestor")
            return
        seen.add(step)
        parent = by_key.get(step)
        if parent is None:
            name = canonical(step)
            yield Rank.KINGDOM, name  # perhaps a taxon that our tree has
            return
        if parent.rank in _RANKS:
            yield _RANKS[parent.rank], parent.name
        step = parent.parent


def _hang(
    row: _Row,
    above: Iterable[tuple[Rank, str]],
    taxa: dict[str, Taxon],
    problems: list[str],
    notes: list[str],
) -> None:
    rank, own = _RANKS[row.rank], slug(row.name)
    missing: list[tuple[Rank, str]] = []
    for step_rank, name in above:
        if slug(name) in taxa:
            break
        missing.append((step_rank, name))
    else:
        if own not in taxa:
            problems.append(f"{row.where}: no ancestor of {row.name} is known; is it an animal?")
        return
    parent = slug(name)
    if own in taxa:
        have = taxa[own]
        if have.rank is not rank:
            problems.append(
                f"{row.where}: {row.name} is a {rank.label} here and a {have.rank.label} in our tree"
            )
        elif not missing and have.parent != parent and rank - 1 == taxa[parent].rank:
            notes.append(
                f"{row.name}: the file puts it in {taxa[parent].scientific_name}, we keep it in {have.parent}"
            )
        taxa[own] = _with_names(have, row)
        return
    for step_rank, name in reversed(missing):
        if step_rank <= taxa[parent].rank or step_rank >= rank:
            problems.append(f"{row.where}: {row.name}: {name} ({step_rank.label}) is out of order")
            return
        taxa[slug(name)] = Taxon(slug(name), step_rank, name, parent)
        parent = slug(name)
    if taxa[parent].rank >= rank:
        problems.append(
            f"{row.where}: {row.name} ({rank.label}) cannot sit under {taxa[parent].scientific_name}"
        )
        return
    taxa[own] = _with_names(Taxon(own, rank, row.name, parent), row)


def _with_names(taxon: Taxon, row: _Row) -> Taxon:
    others = dict.fromkeys([*taxon.other_names, *row.synonyms])
    return replace(taxon, names={**dict(row.common), **taxon.names}, other_names=tuple(others))


def _add_synonym(
    row: _Row, by_key: Mapping[str, _Row], taxa: dict[str, Taxon], problems: list[str], notes: list[str]
) -> None:
    accepted = by_key.get(row.accepted)
    seen = {row.key}
    while accepted is not None and accepted.accepted and accepted.key not in seen:  # a chain of synonyms
        seen.add(accepted.key)
        accepted = by_key.get(accepted.accepted)
    name = accepted.name if accepted is not None else canonical(row.accepted)
    target = slug(name)
    if slug(row.name) in taxa and target != slug(row.name):
        # Our id stays: photos and models know it. The name that is now accepted finds it too.
        have = taxa[slug(row.name)]
        if target not in taxa:
            taxa[have.id] = replace(have, other_names=tuple(dict.fromkeys([*have.other_names, name])))
        notes.append(f"{row.name} is a synonym of {name} in the file; our id stays {have.id}")
    elif target in taxa:
        have = taxa[target]
        taxa[target] = replace(have, other_names=tuple(dict.fromkeys([*have.other_names, row.name])))
    else:
        problems.append(f"{row.where}: {row.name} is a synonym of {row.accepted}, which is not in the file")
