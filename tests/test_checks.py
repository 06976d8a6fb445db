"""Five checks of an eradication: each passes, fails and says that it cannot tell, for the reason it ought to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely
from worlds import HERE, START, east, visit

from eradication import checks, geo
from eradication.checks import Check, Ground, Neighbour, PhotoSign, Status, Walked, spectral
from eradication.domain import (
    AreaMethod,
    CandidateSource,
    Detectability,
    Plot,
)
from eradication.domain.codes import DestroyedBy, DestructionMethod, MinutesType
from eradication.report import check_words, reasons

NOW = START + timedelta(days=100)
COMMUNE = "04001"


def square(side, at=HERE):
    """A square of a side in metres round a point, WGS 84."""
    (x, y), h = geo.transform([at], geo.WGS84, geo.UTM48)[0], side / 2
    return geo.project(shapely.box(x - h, y - h, x + h, y + h), geo.UTM48, geo.WGS84)


def row(**fields):
    """A destruction with which nothing is wrong."""
    words = {
        "area_m2": 400.0,
        "area_method": AreaMethod.TAPE,
        "destroyed_fraction": 1.0,
        "destroyed_by": DestroyedBy.FORCE,
        "method": DestructionMethod.UPROOT,
        "minutes_type": MinutesType.DESTRUCTION,
        "minutes_no": "12/BB",
        "photo_before": "a.jpg",
        "photo_after": "b.jpg",
    }
    facts = {name: fields.pop(name) for name in list(fields) if name in checks.Eradication.__slots__}
    made = visit("eradicated", fields.pop("at", HERE), **words | fields)
    plot = Plot("P-1", "VH-27-001", square(20), True, CandidateSource.PATROL, COMMUNE, (), START)
    outline = square(20)
    known = {
        "recorded_at": START + timedelta(hours=5),
        "plot": plot,
        "klass": Detectability.B,
        "area_m2": 400.0,
        "error_m": 15.0,
        "area_se_m2": 20.0,
        "walked": Walked(outline, 402.0, 30.0),
        "ground": Ground(COMMUNE),
        "detected_at": START - timedelta(hours=1),
        "photos": checks.Photos(2, (START - timedelta(minutes=30),), (START + timedelta(minutes=20),)),
    }
    return checks.Eradication(visit=made, **known | facts)


def said(of, check):
    """Status and code of what a check says."""
    found = [r for r in checks.of_eradication(of, NOW) if r.check is check]
    return [(str(r.status), r.code) for r in found]


def test_every_check_says_something_and_every_code_has_a_sentence():
    found = checks.of_eradication(row(), NOW)
    assert [r.check for r in found] == list(Check)
    assert {r.status for r in found if r.check is not Check.SPECTRAL} == {Status.OK}
    for code in check_words.CHECKS:
        assert reasons.sentence(code, "en", str) == check_words.CHECKS[code]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [("ok", "position_inside")]),
        ({"at": east(20)}, [("ok", "position_near")]),
        ({"at": east(40)}, [("failed", "position_away")]),
        ({"at": None}, [("ok", "position_inside")]),
        ({"at": None, "walked": None}, [("cannot_tell", "position_missing")]),
        ({"at": None, "walked": Walked(square(20, east(90)), 400, 30)}, [("failed", "position_away")]),
        (
            {"at": east(40), "ground": Ground("04002")},
            [("failed", "position_away"), ("failed", "position_other_commune")],
        ),
        ({"ground": Ground("04002")}, [("ok", "position_inside"), ("cannot_tell", "position_commune_unsure")]),
        (
            {"at": east(40), "ground": Ground("04002", approximate=True)},
            [("failed", "position_away"), ("cannot_tell", "position_commune_unsure")],
        ),
        ({"ground": Ground("")}, [("ok", "position_inside"), ("failed", "position_outside_province")]),
    ],
)
def test_position(fields, expected):
    assert said(row(**fields), Check.POSITION) == expected


BOW_TIE = shapely.Polygon([east(-10), (HERE[0], HERE[1] + 1e-4), (HERE[0], HERE[1] - 1e-4), east(10)])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [("ok", "area_fits_walk")]),
        ({"area_m2": 470.0}, [("ok", "area_fits_walk")]),
        ({"walked": Walked(square(20), 300.0, 30.0)}, [("failed", "area_off_walk")]),
        ({"walked": Walked(square(20), 300.0, 60.0)}, [("ok", "area_fits_walk")]),
        ({"walked": None}, [("cannot_tell", "no_walked_outline")]),
        (
            {"walked": Walked(square(20), 402.0, 30.0, crossings=1)},
            [("failed", "outline_crosses_itself"), ("ok", "area_fits_walk")],
        ),
        (
            {"walked": Walked(BOW_TIE, 402.0, 30.0)},
            [("failed", "outline_crosses_itself"), ("ok", "area_fits_walk")],
        ),
        (
            {"neighbours": [Neighbour("VH-27-002", square(20, east(10)), 30.0)]},
            [("failed", "outline_overlaps"), ("ok", "area_fits_walk")],
        ),
        ({"neighbours": [Neighbour("VH-27-002", square(20, east(17)), 30.0)]}, [("ok", "area_fits_walk")]),
        ({"estimate_m2": 300.0}, [("ok", "area_fits_walk")]),
        ({"estimate_m2": 100.0}, [("ok", "area_far_above_estimate"), ("ok", "area_fits_walk")]),
    ],
)
def test_geometry(fields, expected):
    assert said(row(**fields), Check.GEOMETRY) == expected


def test_an_overlap_is_told_in_square_metres_with_its_share():
    other = Neighbour("VH-27-002", square(20, east(10)), 30.0)
    [overlap] = [r for r in checks.of_eradication(row(neighbours=[other]), NOW) if r.code == "outline_overlaps"]
    assert overlap.value == pytest.approx(200, abs=3)
    assert overlap.what == "VH-27-002, 50 %"
    assert check_words.message({"code": overlap.code, "value": 200, "what": overlap.what}, "en", str).endswith(
        "(200 m², VH-27-002, 50 %)"
    )


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"area_method": None}, "area_method_missing"),
        ({"destroyed_fraction": None}, "destroyed_fraction_missing"),
        ({"method": None}, "destruction_method_missing"),
        ({"destroyed_by": None}, "destroyed_by_missing"),
        ({"minutes_type": MinutesType.INSPECTION}, "minutes_type_not_destruction"),
        ({"minutes_no": " "}, "minutes_no_missing"),
        ({"officers": ("S1", " s1")}, "two_officers_missing"),
        ({"photo_before": ""}, "photo_before_missing"),
        ({"photo_after": ""}, "photo_after_missing"),
        ({"detected_at": None}, "eradicated_before_detection"),
        ({"detected_at": START + timedelta(hours=1)}, "eradicated_before_detection"),
        ({"verified_at": START - timedelta(days=1), "photos": checks.Photos(2)}, "eradicated_after_verification"),
        ({"recorded_at": START - timedelta(hours=1)}, "recorded_before_happening"),
        ({"visited_at": NOW + timedelta(days=1)}, "time_in_future"),
        ({"photos": checks.Photos(2, (START - timedelta(days=2),), ())}, "photo_before_detection"),
        (
            {"photos": checks.Photos(2, (), (START + timedelta(days=9),)), "verified_at": START + timedelta(days=8)},
            "photo_after_verification",
        ),
        ({"minutes_elsewhere": ("VH-27-002",)}, "minutes_used_elsewhere"),
    ],
)
def test_form(fields, code):
    assert said(row(**fields), Check.FORM) == [("failed", code)]


@pytest.mark.parametrize(
    ("signs", "shown", "expected"),
    [
        ((), 2, [("ok", "photos_fit")]),
        ((), 0, [("cannot_tell", "no_photos")]),
        ((PhotoSign("photo_missing", "after", "b.jpg"),), 1, [("cannot_tell", "photo_missing")]),
        ((PhotoSign("photo_far", "before", "900"),), 2, [("failed", "photo_far")]),
        ((PhotoSign("photo_reused", "after", "BP-1/v9/eradicated"),), 2, [("failed", "photo_reused")]),
    ],
)
def test_photos(signs, shown, expected):
    assert said(row(photos=checks.Photos(shown, signs=signs)), Check.PHOTOS) == expected


def look(days, own, ring=0.5):
    return spectral.Look(START + timedelta(days=days), own, ring)


GREEN = (look(-20, 0.72), look(-10, 0.70), look(-5, 0.71))
SEEN = spectral.Measured(12, GREEN, (look(4, 0.28), look(9, 0.25)), 0.03, START + timedelta(days=60))


@pytest.mark.parametrize(
    ("measured", "status", "code"),
    [
        (SEEN, "ok", "greenness_dropped"),
        (replace(SEEN, after=(look(4, 0.70), look(9, 0.69))), "failed", "greenness_kept"),
        # The land around dried as much: no sign of a destruction.
        (replace(SEEN, after=(look(4, 0.30, 0.09),)), "failed", "greenness_kept"),
        (replace(SEEN, after=(look(4, 0.52),), noise=0.1), "cannot_tell", "greenness_unclear"),
        (replace(SEEN, before=(look(-5, 0.31, 0.3),)), "cannot_tell", "nothing_green_before"),
        (replace(SEEN, pixels=7), "cannot_tell", "plot_too_small"),
        (replace(SEEN, after=()), "cannot_tell", "cloud_after"),
        (replace(SEEN, after=(), latest=START - timedelta(days=1)), "cannot_tell", "no_images_after"),
        (replace(SEEN, before=()), "cannot_tell", "cloud_before"),
        (replace(SEEN, noise=float("nan")), "cannot_tell", "ring_too_small"),
        (None, "cannot_tell", "no_images"),
    ],
)
def test_spectral(measured, status, code):
    found = spectral.check(Detectability.A, measured, START, 1.0, NOW)
    assert (str(found.status), found.code) == (status, code)


def test_images_say_nothing_of_small_plots_nor_before_they_come():
    assert spectral.check(Detectability.B, SEEN, START, 1.0, NOW).code == "plot_too_small"
    waiting = replace(SEEN, after=())
    assert spectral.check(Detectability.A, waiting, START, 1.0, START + timedelta(days=5)).code == "not_yet_seen"


def test_a_partial_destruction_is_not_asked_for_a_whole_drop():
    half = replace(SEEN, after=(look(4, 0.55), look(9, 0.55)))
    assert spectral.check(Detectability.A, half, START, 0.5, NOW).code == "greenness_dropped"
    assert spectral.check(Detectability.A, half, START, 1.0, NOW).code != "greenness_dropped"


def test_the_nearest_clear_looks_are_compared_and_that_of_the_day_itself_is_not():
    days = (-40, -29, -20, -10, -5, 0, 3, 8, 13, 18, 45)
    times = [START + timedelta(days=d) for d in days]
    clear = [d != -10 for d in days]
    before, after = spectral.windows(times, clear, START)
    assert ([days[n] for n in before], [days[n] for n in after]) == ([-29, -20, -5], [3, 8, 13])


def test_the_noise_is_what_single_pixels_moved_against_the_ring():
    rng = np.random.default_rng(1)
    change = rng.normal(0, 0.05, 4000)
    ring = 0.5 + np.stack([np.zeros(4000), -0.2 + change])
    assert spectral.noise_of(ring, [0], [1]) == pytest.approx(0.05, rel=0.1)
    assert np.isnan(spectral.noise_of(ring[:, :4], [0], [1]))


def test_the_worst_of_several_results_counts():
    found = checks.of_eradication(row(minutes_no="", walked=None), datetime(2028, 1, 1, tzinfo=UTC))
    of = {check: checks.worst([r for r in found if r.check is check]) for check in Check}
    assert (of[Check.FORM], of[Check.GEOMETRY], of[Check.PHOTOS]) == (Status.FAILED, Status.CANNOT_TELL, Status.OK)
