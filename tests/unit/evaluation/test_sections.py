"""The long parts of the HTML report."""

from dataclasses import replace

from core.evaluation.report import Report
from core.evaluation.sections import confusion_section, photo_section, species_section


def test_families_are_drawn_open_and_pairs_are_listed(report: Report) -> None:
    html = confusion_section(report)
    assert "<details open><summary>By family, 4 of them" in html
    assert "<details><summary>By order" in html
    pair = report.confused[0]
    assert report.names[pair.truth].scientific in html
    assert html.count("<tr>") == 1 + min(25, len(report.confused))


def test_a_model_that_confuses_nothing_says_so(bare: Report) -> None:
    assert "<p>Nothing was.</p>" in confusion_section(bare)


def test_the_hardest_species_come_first_and_silent_ones_last(report: Report) -> None:
    silent = replace(report.species[1], n=0, recall=None, interval=None)
    html = species_section(replace(report, species=(report.species[0], silent, *report.species[2:])))
    worst = min(
        (row for row in report.species if row.n and row is not report.species[1]), key=lambda r: r.recall
    )
    body = html.split("<tbody>")[1]
    assert report.names[worst.id].scientific in body.split("</tr>")[0]
    assert f"Without a photo here: {report.names[silent.id].scientific}." in html


def test_photos_to_look_at_are_escaped(report: Report, bare: Report) -> None:
    html = photo_section(report)
    assert "a/&lt;b&gt;.jpg" in html
    assert "90.0 %" in html
    assert photo_section(bare) == ""
