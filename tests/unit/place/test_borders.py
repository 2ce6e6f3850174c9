"""Which country a position lies in."""

import pytest

from core.place import Borders, load_borders
from core.settings import ROOT


@pytest.fixture(scope="module")
def borders() -> Borders:
    return load_borders(ROOT / "assets" / "maps" / "borders.json")


@pytest.mark.parametrize(
    ("where", "latitude", "longitude", "country"),
    [
        ("Nairobi", -1.29, 36.82, "KEN"),
        ("Austin", 30.27, -97.74, "USA"),
        ("Honolulu", 21.31, -157.86, "USA"),
        ("Juneau", 58.30, -134.42, "USA"),
        ("London", 51.51, -0.13, "GBR"),
        ("Manaus", -3.12, -60.02, "BRA"),
        ("Maseru, inside another country", -29.31, 27.48, "LSO"),
        ("Antananarivo", -18.88, 47.51, "MDG"),
        ("Chukotka, beyond the date line", 65.0, -179.5, "RUS"),
        ("Taveuni, on the date line", -16.8, -179.98, "FJI"),
        ("Singapore", 1.35, 103.82, "SGP"),
        ("the South Pole", -90.0, 0.0, "ATA"),
    ],
)
def test_cities_lie_in_their_countries(
    borders: Borders, where: str, latitude: float, longitude: float, country: str
) -> None:
    found = borders.locate(latitude, longitude)
    assert found is not None
    assert found.country == country, where


def test_the_open_sea_is_no_country(borders: Borders) -> None:
    assert borders.locate(0, -30) is None
    assert borders.locate(-55, -120) is None


def test_near_a_border_the_neighbour_is_named_too(borders: Borders) -> None:
    found = borders.locate(31.76, -106.49)  # El Paso and Ciudad Juárez share a river
    assert found is not None
    assert {found.country, *found.others} == {"USA", "MEX"}
    inner = borders.locate(39.0, -98.0)
    assert inner is not None
    assert inner.others == ()


def test_a_beach_belongs_to_its_country(borders: Borders) -> None:
    found = borders.locate(-4.05, 39.75)  # a few kilometres off Mombasa
    assert found is not None
    assert found.country == "KEN"


def test_every_country_has_a_shape_of_its_own(borders: Borders) -> None:
    assert len(borders.countries) == len(set(borders.countries)) > 230
