"""Every country is in one part of the world."""

import pycountry

from core.place.regions import load_regions
from core.settings import ROOT


def test_every_country_has_one_region() -> None:
    found = load_regions(ROOT / "assets" / "maps" / "regions.csv")
    codes = [code for countries in found.values() for code in countries]
    assert len(codes) == len(set(codes))
    assert set(codes) == {country.alpha_3 for country in pycountry.countries} | {"XKX"}
    assert {"KEN", "TZA"} <= found["Africa"]
