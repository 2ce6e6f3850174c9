"""What holds for every table that leaves the house."""

import csv
import io
import math

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.formats.table import guard, to_csv

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NASTY = st.text(st.sampled_from("=+-@\t\r\n,;\"' a1\u00a0\ufeff\uff1d"), max_size=8)
VALUES = st.one_of(
    TEXT, NASTY, st.none(), st.integers(-(10**9), 10**9), st.floats(allow_nan=False, allow_infinity=False)
)
ROWS = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(VALUES, min_size=width, max_size=width), min_size=1, max_size=6)
)
FAST = settings(max_examples=200, deadline=None)


def table(rows: list[list[object]]) -> list[list[str]]:
    columns = [f"c{number}" for number in range(len(rows[0]))]
    text = to_csv(columns, [dict(zip(columns, row, strict=True)) for row in rows])
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read[0] == columns
    return read[1:]


def is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


@FAST
@given(ROWS)
@example([["a\rb", "c"]])
@example([[""], [None]])
def test_a_csv_reader_gets_every_value_back(rows: list[list[object]]) -> None:
    found = table(rows)
    assert len(found) == len(rows)
    for row, cells in zip(rows, found, strict=True):
        for value, cell in zip(row, cells, strict=True):
            if isinstance(value, float):
                assert math.isclose(float(cell), value, rel_tol=1e-8, abs_tol=1e-300)
            elif isinstance(value, str):
                assert cell in (value, f"'{value}")
            else:
                assert cell == ("" if value is None else str(value))


@FAST
@given(ROWS)
@example([["=1+1", " =1+1", "\uff1d1", "-1", " \r=", "\u200e=1"]])
def test_no_cell_starts_a_formula_unless_it_is_a_number(rows: list[list[object]]) -> None:
    for row, cells in zip(rows, table(rows), strict=True):
        for value, cell in zip(row, cells, strict=True):
            if cell.lstrip()[:1] in ("=", "+", "-", "@", "\uff1d"):
                assert not isinstance(value, str)
                assert is_number(cell)


@FAST
@given(TEXT | NASTY)
def test_what_is_guarded_needs_no_second_guard(text: str) -> None:
    once = guard(text)
    assert guard(once) == once
