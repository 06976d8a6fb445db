"""Pictures of places: the right dates, the right pixels, nothing where there is nothing."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagery_factory import Item, Place, raw, scene, write_catalog

from eradication import geo
from eradication.domain import EventKind, Season
from eradication.pipeline import chips, projection, retracing
from eradication.pipeline.chips import Wanted
from eradication.report.chips import true_colour

SEASON = Season(2025)
AT = datetime(2026, 2, 10, 3, tzinfo=UTC)
[(EAST, NORTH)] = geo.transform([(104.70, 20.80)], geo.WGS84, 32648)
PLACE = Place(round(EAST / 20) * 20 - 400.0, round(NORTH / 20) * 20 + 400.0, 80, 80)
OUTLINE = geo.disc(104.70, 20.80, 900)
DAYS = ("2025-12-20", "2026-01-05", "2026-02-01", "2026-02-20", "2026-03-05")
CLOUD = 9

times = st.lists(st.datetimes(datetime(2025, 9, 1), datetime(2026, 5, 31)), min_size=1, max_size=20, unique=True)


def item(number, day, cloudy=(), haze=0.0):
    bands = raw(scene(PLACE, seed=number, haze=haze), stored_offset=0.0)
    for rows, columns in cloudy:
        bands["scl"][rows, columns] = CLOUD
    bands["scl"] = bands["scl"][::2, ::2]
    return Item(f"S2A_{day}", f"{day}T03:40:00Z", bands, PLACE, pixel_m={"scl": 20.0})


MIDDLE = (slice(34, 46), slice(34, 46))
"""Rows and columns round the plot."""


def run(office, catalog, until="2026-05-31", **payload):
    told = {"run": "run-1", "season": SEASON.label, "shifts": []} | payload
    with office.store.transaction() as transaction:
        transaction.append(EventKind.RUN_FINISHED, datetime.fromisoformat(f"{until}T12:00+00:00"), told)
    retracing.note(office, told["run"], str(catalog), None)


def cut(office, wanted=None):
    """The pair of the plot, as :func:`chips.of_episodes` finds it."""
    wanted = wanted or Wanted(OUTLINE, AT, "before_destruction")
    return chips._of_season(office, SEASON, {"a": wanted}, lambda _: lambda done, total: None).get("a")


def days(pair):
    return [side.chip and side.chip.when.date().isoformat() for side in pair.sides]


@given(times, st.datetimes(datetime(2025, 9, 1), datetime(2026, 5, 31)))
def test_what_was_destroyed_is_shown_shortly_before_and_first_thing_after(found, at):
    ordered = sorted(time.replace(tzinfo=UTC) for time in found)
    wanted = Wanted(OUTLINE, at.replace(tzinfo=UTC), "before_destruction")
    before, after = chips.before_first(ordered, wanted), chips.after_first(ordered, wanted, None)
    assert all(timedelta(0) < wanted.at - ordered[n] <= timedelta(chips.BEFORE_DAYS) for n in before)
    assert before == sorted(before, reverse=True)
    assert after == sorted(after)
    assert all(ordered[n] > wanted.at for n in after)


@given(times, st.integers(0, 19))
def test_what_stands_is_shown_near_its_bloom_and_then_as_late_as_can_be(found, shown):
    ordered = sorted(time.replace(tzinfo=UTC) for time in found)
    wanted, shown = Wanted(OUTLINE, AT, "near_bloom"), min(shown, len(ordered) - 1)
    gaps = [abs(ordered[n] - AT) for n in chips.before_first(ordered, wanted)]
    assert gaps == sorted(gaps)
    assert len(gaps) == len(ordered)
    assert chips.after_first(ordered, wanted, shown) == list(range(len(ordered) - 1, shown, -1))


def test_the_pictures_are_those_of_the_nearest_clear_dates_pixel_by_pixel(office, tmp_path):
    items = [item(n, day, cloudy=[MIDDLE] if n in (2, 3) else ()) for n, day in enumerate(DAYS)]
    run(office, write_catalog(tmp_path / "cat", items))
    pair = cut(office)
    assert days(pair) == ["2026-01-05", "2026-03-05"], "clouds lay over the dates next to it"
    assert [side.kind for side in pair.sides] == ["before_destruction", "after_destruction"]
    for side, number in zip(pair.sides, (1, 4), strict=True):
        chip = side.chip
        assert (chip.side_m, chip.rgb.shape) == (400.0, (40, 40, 3))
        row, column = round((PLACE.north - chip.north_m) / 10), round((chip.west_m - PLACE.east) / 10)
        seen = (slice(row, row + 40), slice(column, column + 40))
        bands = [items[number].bands[name][seen] / 10_000 for name in ("red", "green", "blue")]
        assert np.array_equal(chip.rgb, true_colour(*bands))
        assert chip.source == f"Sentinel-2A · S2A_{DAYS[number]}"
    assert abs(pair.before.chip.west_m + 200 - EAST) <= 20


def test_a_run_shows_what_it_has_seen_and_where_it_put_it(office, tmp_path):
    catalog = write_catalog(tmp_path / "cat", [item(n, day) for n, day in enumerate(DAYS)])
    moves = [{"id": f"S2A_{day}", "moved_m": [20.0, -10.0] if n == 2 else [0.0, 0.0]} for n, day in enumerate(DAYS[:4])]
    run(office, catalog, until="2026-02-25", shifts=moves)
    pair = cut(office)
    assert days(pair) == ["2026-02-01", "2026-02-20"]
    chip = pair.before.chip
    row, column = round((PLACE.north - chip.north_m) / 10), round((chip.west_m - PLACE.east) / 10)
    red = item(2, DAYS[2]).bands["red"][row - 1 : row + 39, column - 2 : column + 38] / 10_000
    assert np.array_equal(chip.rgb[..., 0], true_colour(red, red, red)[..., 0])
    later = cut(office, Wanted(OUTLINE, datetime(2026, 2, 22, tzinfo=UTC), "before_destruction"))
    assert days(later) == ["2026-02-20", None], "a date after the run's last look is not its own"
    assert later.after.why == "none_later"


def test_where_all_is_cloud_or_the_mask_missed_one_it_is_said(office, tmp_path):
    items = [item(n, day, cloudy=[(slice(None), slice(None))]) for n, day in enumerate(DAYS[:4])]
    run(office, write_catalog(tmp_path / "cat", [*items, item(4, DAYS[4], haze=0.14)]))
    pair = cut(office)
    assert [side.why for side in pair.sides] == ["cloud", "cloud"]
    assert pair.why == "cloud"


def test_a_place_at_the_edge_is_shown_with_grey_beyond_and_one_beside_is_not(office, tmp_path):
    run(office, write_catalog(tmp_path / "cat", [item(n, day) for n, day in enumerate(DAYS)]))
    at = geo.transform([(PLACE.east + 60, PLACE.north - 60)], 32648, geo.WGS84)[0]
    corner = cut(office, Wanted(geo.disc(*at, 400), AT, "before_destruction"))
    assert (corner.before.chip.rgb[0, 0].tolist(), corner.before.chip.rgb[-1, -1].tolist() != [190] * 3) == (
        [190] * 3,
        True,
    )
    assert cut(office, Wanted(geo.disc(104.75, 20.80, 400), AT, "before_destruction")) is None


def test_without_images_there_is_no_picture_and_with_them_gone_only_what_was_kept(office, tmp_path):
    assert cut(office) is None
    catalog = write_catalog(tmp_path / "cat", [item(n, day) for n, day in enumerate(DAYS)])
    run(office, catalog)
    first = cut(office)
    for file in (tmp_path / "cat").rglob("*.tif"):
        file.unlink()
    again = cut(office)
    assert [s.chip.png for s in again.sides] == [s.chip.png for s in first.sides], "told from what was kept"
    assert cut(office, Wanted(OUTLINE, AT + timedelta(days=1), "before_destruction")) is None
    catalog.unlink()
    assert cut(office) is None, "the run's images are no longer on this computer"


def test_what_was_kept_and_is_damaged_is_cut_out_anew(office, tmp_path):
    run(office, write_catalog(tmp_path / "cat", [item(n, day) for n, day in enumerate(DAYS)]))
    first = cut(office)
    [kept] = (office.folder / "outputs" / "chips").iterdir()
    for text in ("", "[]", json.dumps([["near_bloom", "", {"rows": 1}]] * 2)):
        kept.write_text(text)
        assert [s.chip.png for s in cut(office).sides] == [s.chip.png for s in first.sides]


@pytest.mark.parametrize("size_m2", [100, 100_000, 2_000_000])
def test_a_picture_holds_the_place_but_grows_only_so_far(office, tmp_path, size_m2):
    run(office, write_catalog(tmp_path / "cat", [item(n, day) for n, day in enumerate(DAYS)]))
    pair = cut(office, Wanted(geo.disc(104.70, 20.80, size_m2), AT, "before_destruction"))
    across = 2 * (size_m2 / np.pi) ** 0.5
    assert 400 <= pair.before.chip.side_m <= chips.LARGEST_M
    assert pair.before.chip.side_m >= min(1.7 * across, chips.LARGEST_M)


def test_every_episode_asked_of_is_answered(office):
    with office.store.transaction() as transaction:
        projection.refresh(office, transaction)
    assert chips.of_episodes(office, []) == {}
