"""The report for people."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from core.evaluation.page import page_html, write_page
from core.evaluation.report import Report

VOID = {"meta", "br"}  # never closed


class Balanced(HTMLParser):
    """Fails where a tag is closed that was not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> str:
    page = Balanced()
    page.feed(html)
    assert page.open == []
    return page.text


def test_it_is_whole_and_says_what_the_report_holds(report: Report) -> None:
    html = page_html(report)
    text = read(html)
    assert "Tiny <model> 3 on test photos" in text
    for part in (
        f"{100 * report.all.accuracy:.1f} %", "7 photos of species that the model does not know were left out",
        "1 files could not be read", "AUROC 0.910", "a site with few species, 30.0 % of them", "camera trap",
        "a/<b>.jpg", "Macro-F1 by epoch",
    ):  # fmt: skip
        assert part in text


def test_nothing_in_it_comes_from_elsewhere_or_runs(report: Report) -> None:
    html = page_html(report)
    for part in ("<script", "http://", "https://", "url(", "@import", "onload", "<img"):
        assert part not in html


@pytest.mark.parametrize(
    "section", ["Other mixtures", "Animals that it does not know", "Photos to look at", "Training</h2>"]
)
def test_sections_without_figures_are_left_out(report: Report, bare: Report, section: str) -> None:
    assert section in page_html(report)
    assert section not in page_html(bare)
    read(page_html(bare))


def test_it_lies_beside_the_file_for_machines(report: Report, tmp_path: Path) -> None:
    assert write_page(report, tmp_path) == tmp_path / "evaluation-test.html"
    assert (tmp_path / "evaluation-test.html").read_text(encoding="utf-8") == page_html(report)
