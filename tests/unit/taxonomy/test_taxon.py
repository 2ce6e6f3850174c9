"""One named group of organisms."""

import dataclasses

import pytest

from core.taxonomy import Rank, Taxon, slug


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Panthera", "panthera"),
        ("Panthera pardus", "panthera-pardus"),
        (" Canis  lupus ", "canis-lupus"),
        ("", ""),
    ],
)
def test_a_slug_is_lower_case_with_hyphens(name: str, expected: str) -> None:
    assert slug(name) == expected
    assert slug(slug(name)) == expected


def test_the_english_name_is_shown_and_else_the_scientific_one() -> None:
    leopard = Taxon("p", Rank.SPECIES, "Panthera pardus", None, {"en": "Leopard", "fr": "Léopard"})
    nameless = dataclasses.replace(leopard, names={"fr": "Léopard"})
    assert (leopard.common_name, leopard.display_name) == ("Leopard", "Leopard")
    assert (nameless.common_name, nameless.display_name) == (None, "Panthera pardus")
