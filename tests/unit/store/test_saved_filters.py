"""Filters that people keep."""

from pathlib import Path

from core.store import SavedFilters
from tests.review_house import NOW, build


def test_a_filter_is_kept_given_to_somebody_and_taken_off(tmp_path: Path) -> None:
    filters = SavedFilters(build(tmp_path).engine)
    cats = filters.save("cats", "taxon=felidae", "ada", at=NOW)
    filters.save("night", "first=2026-05-01", "ada", at=NOW, assignee="bo")
    assert [(one.name, one.query, one.by, one.assignee) for one in filters.all()] == [
        ("cats", "taxon=felidae", "ada", ""), ("night", "first=2026-05-01", "ada", "bo"),
    ]  # fmt: skip
    filters.set_in_use(cats, False)
    assert [one.name for one in filters.all()] == ["night"]
    filters.set_in_use(cats, True)
    assert len(filters.all()) == 2
