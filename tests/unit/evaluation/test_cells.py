"""Cells of the HTML report."""

from core.evaluation.cells import name_of, number, share, table
from core.evaluation.report import Report


def test_figures_have_the_digits_that_they_deserve() -> None:
    assert share(0.9523) == "95.2 %"
    assert number(0.01349) == "0.013"


def test_names_are_escaped_and_the_common_one_comes_first(report: Report) -> None:
    assert name_of(report, "s0-0") == 'Cat &amp; dog <span class="soft"><i>Genus0 s0</i></span>'
    assert name_of(report, "s1-0") == "<i>Genus1 s0</i>"


def test_a_table_escapes_its_head_and_knows_its_columns() -> None:
    html = table(["<a>", "b"], [["1", "<b>2</b>"]], kinds=("text",))
    assert '<th class="text">&lt;a&gt;</th><th>b</th>' in html
    assert '<tr><td class="text">1</td><td><b>2</b></td></tr>' in html
