"""Tracks as handhelds write them."""

import re
import xml.etree.ElementTree as ET
from datetime import datetime

import numpy as np
import pytest

from eradication import simulation
from eradication.domain import Season
from eradication.simulation import patrols

NS = {"g": "http://www.topografix.com/GPX/1/1"}


@pytest.fixture(scope="module")
def world() -> simulation.World:
    return simulation.build(simulation.Recipe(seed=4, season=Season(2025), size_px=96, plots=6))


@pytest.fixture(scope="module")
def tracks(world) -> tuple[simulation.Track, ...]:
    return patrols.draw(world, count=6)


@pytest.fixture(scope="module")
def documents(world, tracks) -> list[ET.Element]:
    return [ET.fromstring(patrols.gpx(world, track)) for track in tracks]


def test_every_walk_is_a_gpx_of_one_track_with_times_in_order(documents):
    for root in documents:
        assert root.tag == f"{{{NS['g']}}}gpx"
        assert root.get("version") == "1.1"
        times = [datetime.fromisoformat(t.text) for t in root.findall(".//g:trkpt/g:time", NS)]
        assert len(times) > 50
        assert times == sorted(set(times))
        assert len(root.findall("g:trk", NS)) == 1


def test_points_lie_on_and_about_the_chip(documents, world):
    for root in documents:
        for point in root.findall(".//g:trkpt", NS)[::20]:
            x, y = world.to_chip(float(point.get("lon")), float(point.get("lat")))
            assert -600 < x < 1560
            assert -600 < y < 1560


def test_some_devices_write_hdop_and_some_do_not(documents):
    has = [root.find(".//g:hdop", NS) is not None for root in documents]
    assert any(has)
    assert not all(has)


def test_several_units_walk(tracks):
    assert {t.unit for t in tracks} == {"BP01", "BP02", "CA01", "CA02"}
    assert all(re.fullmatch(r"(BP|CA)\d\d-\d{8}-\d\d", t.name) for t in tracks)


def test_walks_lie_in_the_search_months(tracks, world):
    season = world.recipe.season
    assert all(season.first_day <= t.times[0].date() <= season.last_day for t in tracks)


def test_tracks_have_spikes_gaps_and_a_walking_pace(world):
    many = patrols.draw(world, count=12, seed=3)
    steps = np.concatenate([np.hypot(*np.diff(t.xy, axis=0).T) for t in many[::2]])
    silence = [(b - a).total_seconds() for t in many for a, b in zip(t.times[:-1], t.times[1:], strict=True)]
    assert np.median(steps) / patrols.STEPS_S[0] < 1.6
    assert steps.max() > 60.0
    assert max(silence) > 300.0


def test_a_walk_reaches_the_places_it_was_sent_to(world):
    wanted = world.to_lonlat(480.0, 480.0)
    track = patrols.draw(world, count=1, places=[wanted])[0]
    assert np.hypot(*(track.xy - [480.0, 480.0]).T).min() < 25.0


def test_waypoints_have_short_ascii_names(documents):
    names = [n.text for root in documents for n in root.findall("g:wpt/g:name", NS)]
    assert names
    assert all(name.isascii() and len(name) <= 10 for name in names)


def test_every_file_says_it_is_simulated(documents):
    assert all(root.find("g:metadata/g:desc", NS).text == "mô phỏng / simulated" for root in documents)
