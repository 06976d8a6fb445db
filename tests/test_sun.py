"""Where the sun stands: against geometry that needs no almanac, and against what items state."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from eradication import sun

LON, LAT = 104.0, 21.3
JANUARY = datetime(2026, 1, 15, 3, 41, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "lat", "noon_zenith"),
    [
        (datetime(2026, 6, 21, 5, 6, tzinfo=UTC), 21.3, 23.44 - 21.3),
        (datetime(2025, 12, 21, 5, 2, tzinfo=UTC), 21.3, 23.44 + 21.3),
        (datetime(2026, 3, 20, 5, 11, tzinfo=UTC), 21.3, 21.3 + 0.16),  # the equinox comes ten hours later
        (datetime(2026, 6, 21, 5, 6, tzinfo=UTC), 51.5, 51.5 - 23.44),
    ],
)
def test_at_noon_of_solstice_and_equinox_the_zenith_is_latitude_less_declination(day, lat, noon_zenith):
    assert np.degrees(sun.position(day, LON, lat).zenith) == pytest.approx(noon_zenith, abs=0.5)


def test_before_noon_the_sun_stands_in_the_east_after_it_in_the_west():
    morning, evening = (np.degrees(sun.position(JANUARY.replace(hour=h), LON, LAT).azimuth) for h in (1, 9))
    assert 90 < morning < 180 < evening < 270


def test_an_item_says_where_its_sun_is():
    stated = sun.of_item({"view:sun_elevation": 42.5, "view:sun_azimuth": 151.0}, JANUARY, LON, LAT)
    assert stated.source == "item"
    assert np.degrees((stated.zenith, stated.azimuth)) == pytest.approx((47.5, 151.0))


def test_the_other_names_of_sentinel_2_are_known_too():
    stated = sun.of_item({"s2:mean_solar_zenith": 47.0, "s2:mean_solar_azimuth": 150.0}, JANUARY, LON, LAT)
    assert stated.source == "item"
    assert np.degrees((stated.zenith, stated.azimuth)) == pytest.approx((47.0, 150.0))


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"view:sun_elevation": 42.0},
        {"view:sun_elevation": None, "view:sun_azimuth": 150.0},
        {"view:sun_elevation": "42", "view:sun_azimuth": "150"},
        {"view:sun_elevation": float("nan"), "view:sun_azimuth": 150.0},
        {"view:sun_elevation": True, "view:sun_azimuth": 150.0},
    ],
)
def test_what_an_item_does_not_say_is_computed(properties):
    assert sun.of_item(properties, JANUARY, LON, LAT) == sun.position(JANUARY, LON, LAT)


@pytest.mark.parametrize(
    "properties",
    [
        {"view:sun_elevation": 47.5, "view:sun_azimuth": 331.0},
        {"view:sun_elevation": 0.74, "view:sun_azimuth": 2.63},  # radians
        {"view:sun_elevation": -999.0, "view:sun_azimuth": -999.0},
        {"s2:mean_solar_zenith": 10.0, "s2:mean_solar_azimuth": 150.0},
    ],
)
def test_a_sun_that_cannot_be_is_not_believed(properties):
    said = sun.of_item(properties, JANUARY, LON, LAT)
    assert said.source == "contradicted"
    assert said.vector == sun.position(JANUARY, LON, LAT).vector


def test_any_time_zone_means_the_same_moment():
    local = JANUARY.astimezone(timezone(timedelta(hours=7)))
    assert sun.of_item({}, local, LON, LAT) == sun.of_item({}, JANUARY, LON, LAT)


def test_the_direction_is_a_unit_vector():
    east, north, up = sun.Sun(np.radians(60.0), np.radians(90.0)).vector
    assert (east, north, up) == pytest.approx((np.sqrt(0.75), 0.0, 0.5), abs=1e-12)
