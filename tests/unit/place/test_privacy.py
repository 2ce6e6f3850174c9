"""Places of threatened animals stay secret."""

from hypothesis import given
from hypothesis import strategies as st

from core.place.privacy import CELL, SENSITIVE_CELL, safe_position

latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)


@given(latitudes, longitudes, st.sampled_from(["CR", "EN", "VU", "LC", "NT", None]))
def test_the_cell_holds_the_place_and_nothing_finer(latitude, longitude, iucn) -> None:
    safe = safe_position(latitude, longitude, iucn)
    assert safe.cell == (SENSITIVE_CELL if iucn in ("CR", "EN", "VU", None) else CELL)
    assert abs(safe.latitude - latitude) <= safe.cell / 2 + 1e-6
    assert abs(safe.longitude - longitude) <= safe.cell / 2 + 1e-6
    assert -90 < safe.latitude < 90
    assert -180 < safe.longitude < 180


@given(latitudes, longitudes)
def test_many_records_of_one_cell_cannot_be_averaged_back(latitude, longitude) -> None:
    first = safe_position(latitude, longitude, "CR")
    again = safe_position(first.latitude + 0.2, first.longitude - 0.2, "CR")
    assert (again.latitude, again.longitude) == (first.latitude, first.longitude)
