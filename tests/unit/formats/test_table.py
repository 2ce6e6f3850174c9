"""CSV that a spreadsheet cannot be attacked through."""

import csv
import io

import pytest

from core.formats.table import guard, to_csv


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0"]
)
def test_text_that_would_start_a_formula_is_disarmed(text: str) -> None:
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", [" =1+1", "\u00a0=1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20A1", "\ufeff=1"]
)
def test_spaces_and_wide_signs_do_not_smuggle_a_formula_in(text: str) -> None:
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize("value", ["IMG_1.jpg", "a=b", "", "'=1", " padded", -1, -0.5, None, True])
def test_everything_else_stays_what_it_is(value: object) -> None:
    assert guard(value) == value


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_columns_come_in_order_and_what_is_missing_is_empty() -> None:
    text = to_csv(["b", "a", "c"], [{"a": 1, "b": "x", "unasked": 5}, {"c": None}])
    assert text == "b,a,c\nx,1,\n,,\n"


def test_text_with_commas_quotes_and_line_breaks_survives() -> None:
    nasty = 'a, "b"\nc\rd\r\ne'
    assert cells(to_csv(["t", "u"], [{"t": nasty, "u": "x"}])) == [["t", "u"], [nasty, "x"]]


def test_probabilities_are_short_and_places_keep_their_decimetres() -> None:
    row = {"p": 0.1, "long": 1 / 3, "tiny": 1e-9, "lat": -33.8567844, "lon": 151.2152967}
    assert cells(to_csv(list(row), [row]))[1] == ["0.1", "0.333333333", "1e-09", "-33.8567844", "151.215297"]


def test_numbers_may_be_negative() -> None:
    assert to_csv(["a", "b"], [{"a": -1, "b": -0.5}]) == "a,b\n-1,-0.5\n"


def test_no_rows_still_have_a_header() -> None:
    assert to_csv(["a", "b"], []) == "a,b\n"
