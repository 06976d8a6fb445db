"""Photos as evidence: a form's own words join a photo to a visit, time and place only suggest one."""

import random
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import HERE, START, World, east, visit

from eradication import evidence
from eradication.config import Photos
from eradication.evidence import Shot, fingerprints

GREEN, BROWN = "00ff00ff00ff00ff", "0f0f0f0f0f0f0f0f"
MINUTE = timedelta(minutes=1)


def shot(name, minutes=0.0, metres=0.0, **fields):
    """A photo taken so long after START, so far east of HERE."""
    lon, lat = east(metres)
    words = {"unit": "BP-1", "error_m": 6.0, "phash": GREEN, "sha256": name, "names": (name,), "lon": lon, "lat": lat}
    return Shot(**{**words, "taken_at": START + minutes * MINUTE} | fields)


def destroyed(before="a.jpg", after="b.jpg", **fields):
    """A plot of 300 m² that was found and destroyed at START."""
    words = {"visit_id": "v1", "visited_at": START}
    world = World().visit("detected", HERE, **words)
    return world.visit("eradicated", HERE, photo_before=before, photo_after=after, **words | fields)


def joined(world, *shots):
    """Photo → role, by the name of the photo."""
    return {link.photo: link.role for link in links(world, shots)}


def links(world, shots):
    told = world.told()
    return evidence.links(shots, told.recorded, {p.id: p for p in told.plots}, Photos())


def odd(world, *shots):
    """What is said of the photos: code and role."""
    told = world.told()
    plots = {p.id: p for p in told.plots}
    found = evidence.checks(shots, told.recorded, links(world, shots), plots, Photos())
    return [(check.code, check.role) for check in found]


BOTH = (shot("a.jpg", -30, phash=GREEN), shot("b.jpg", 20, phash=BROWN))


def test_a_photo_named_in_the_form_shows_the_visit_with_how_far_and_how_long():
    found = {link.photo: link for link in links(destroyed(), BOTH)}
    assert [found[n].role for n in ("a.jpg", "b.jpg")] == ["before", "after"]
    assert found["a.jpg"].visit == "BP-1/v1/eradicated"
    assert (found["a.jpg"].minutes, found["b.jpg"].minutes) == (-30.0, 20.0)
    assert found["a.jpg"].distance_m == pytest.approx(0.0, abs=0.5)
    assert odd(destroyed(), *BOTH) == []


@pytest.mark.parametrize("form", ["A.JPG", "DCIM/100/a.jpg", r"C:\anh\a.jpg", "a", " a.jpg ", "x.jpg; a.jpg"])
def test_names_are_compared_without_case_folders_and_endings(form):
    assert joined(destroyed(before=form), *BOTH)["a.jpg"] == "before"


def test_names_are_compared_in_one_spelling_of_letters():
    assert joined(destroyed(before="ảnh.jpg"), shot("ảnh.jpg")) == {"ảnh.jpg": "before"}


def test_a_photo_of_another_unit_is_not_meant_and_one_of_no_stated_unit_may_be():
    assert joined(destroyed(), shot("a.jpg", unit="CA-2")) == {}
    assert joined(destroyed(), shot("a.jpg", unit="")) == {"a.jpg": "before"}


def test_of_two_photos_with_one_name_the_one_nearest_in_time_is_meant():
    old, own = shot("old", -60 * 24 * 300, names=("a.jpg",)), shot("own", -30, names=("a.jpg",))
    assert joined(destroyed(), old, own) == {"own": "before"}
    assert joined(destroyed(), own, old) == {"own": "before"}


def test_a_photo_handed_in_under_two_names_shows_both():
    assert [link.role for link in links(destroyed(), [shot("x", names=("a.jpg", "b.jpg"))])] == ["before", "after"]


@pytest.mark.parametrize(
    ("minutes", "metres", "unit", "role"),
    [
        (-60, 50, "BP-1", "near"),
        (170, 140, "", "near"),
        (190, 0, "BP-1", None),
        (0, 170, "BP-1", None),
        (0, 0, "CA-2", None),
    ],
)
def test_time_and_place_suggest_a_visit_once(minutes, metres, unit, role):
    found = links(destroyed(), [shot("c.jpg", minutes, metres, unit=unit)])
    assert [link.role for link in found] == ([role] if role else [])


def test_a_photo_without_time_or_place_suggests_nothing():
    assert joined(destroyed(), shot("c.jpg", taken_at=None)) == {}
    assert joined(destroyed(), shot("c.jpg", lon=None, lat=None)) == {}


def test_a_photo_that_is_named_is_not_suggested_elsewhere():
    assert [link.role for link in links(destroyed(), BOTH)] == ["before", "after"]


@pytest.mark.parametrize(
    ("shots", "said"),
    [
        ((), [("photo_missing", "before"), ("photo_missing", "after")]),
        (BOTH[:1], [("photo_missing", "after")]),
        ((BOTH[0], shot("b.jpg", -40, phash=BROWN)), [("photo_order", "after")]),
        ((BOTH[0], shot("b.jpg", 20, 140, phash=BROWN)), [("photo_far", "after")]),
        ((BOTH[0], shot("b.jpg", 20, 140, phash=BROWN, error_m=60.0)), []),
        ((BOTH[0], shot("b.jpg", taken_at=None, phash=BROWN)), [("photo_no_time", "after")]),
        ((BOTH[0], shot("b.jpg", 3000, phash=BROWN)), [("photo_other_day", "after")]),
        ((BOTH[0], shot("b.jpg", 20, phash=BROWN, track_m=290.0)), []),
        ((BOTH[0], shot("b.jpg", 20, phash=BROWN, track_m=900.0)), [("photo_off_track", "after")]),
        ((BOTH[0], shot("b.jpg", 20, phash=GREEN[:-1] + "e")), [("photo_reused", "after")]),
    ],
    ids=["none", "one", "order", "far", "vague", "no time", "other day", "near track", "off track", "same picture"],
)
def test_what_is_missing_or_odd_about_a_destruction_is_said(shots, said):
    assert odd(destroyed(), *shots) == said


def test_only_destructions_need_photos():
    assert odd(World().visit("detected", HERE)) == []


def test_T33_one_picture_for_two_places_is_said_whatever_its_file():
    there = east(900.0)
    world = (
        destroyed()
        .visit("detected", there, visit_id="v2")
        .visit("eradicated", there, visit_id="v2", photo_after="c.jpg")
    )
    again = shot("c.jpg", 20, 900.0, phash="0f0f0f0f0f0f0f1f")
    assert ("photo_reused", "after") in odd(world, *BOTH, again)
    other = shot("c.jpg", 20, 900.0, phash="123456789abcdef0")
    assert "photo_reused" not in [code for code, _ in odd(world, *BOTH, other)]
    dark = [shot(name, 20, phash="0000000000000001") for name in ("b.jpg", "c.jpg")]
    assert "photo_reused" not in [code for code, _ in odd(world, *dark)]


def test_T33_a_picture_of_another_season_is_said_at_the_same_place_too():
    later = START + timedelta(days=365)
    world = destroyed().visit("eradicated", visit_id="v2", visited_at=later, photo_before="c.jpg", photo_after="d.jpg")
    fresh = shot("d.jpg", 365 * 1440 + 20, phash="fedcba9876543210")
    again = shot("c.jpg", 365 * 1440 - 30, phash="0f0f0f0f0f0f0f1f")
    assert ("photo_reused", "before") in odd(world, *BOTH, again, fresh)
    own = shot("c.jpg", 365 * 1440 - 30, phash="123456789abcdef0")
    assert "photo_reused" not in [code for code, _ in odd(world, *BOTH, own, fresh)]


def test_T33_a_picture_that_nobody_named_in_an_earlier_season_is_said_and_one_of_this_season_is_not():
    old = shot("drawer.jpg", -400 * 1440, 5000.0, phash=GREEN)
    assert odd(destroyed(), *BOTH, old) == [("photo_reused", "before")]
    assert odd(destroyed(), *BOTH, shot("burst.jpg", -41, phash=GREEN)) == []


@given(
    st.lists(st.integers(0, 2**64 - 1), max_size=12), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 63))),
    st.integers(0, 12),
)  # fmt: skip
def test_an_index_of_fingerprints_finds_what_comparing_all_finds(first, flips, bits):
    values = list(first)
    for at, bit in flips[:20] if first else ():
        values.append(values[at % len(values)] ^ (1 << bit))
    near = fingerprints.neighbours(values, bits)
    assert near == {a: {b for b in values if (a ^ b).bit_count() <= bits} for a in values}


def test_the_same_photos_and_visits_give_the_same_whatever_came_first():
    world, names = destroyed(), (*BOTH, shot("c.jpg", 5))
    rows = [sorted((k.photo, k.role) for k in links(world, order)) for order in (names, names[::-1])]
    assert rows[0] == rows[1]


def compared(photos: int) -> float:
    """Seconds of this process, not of the clock, that the photos of so many rows take; of three runs the least."""
    rng = random.Random(1)
    looks = [rng.getrandbits(64) for _ in range(200)]
    rows, shots = [], []
    for n in range(photos // 2):
        when = START + n * MINUTE
        words = {"visit_id": f"v{n}", "visited_at": when, "plot_id": f"P{n}"}
        rows.append(visit("eradicated", photo_before=f"{n}b.jpg", photo_after=f"{n}a.jpg", **words))
        for role in "ba":
            # Photos of fields resemble one another: few scenes, each with some bits of its own.
            mark = rng.choice(looks)
            for _ in range(9):
                mark ^= 1 << rng.randrange(64)
            shots.append(Shot(f"{n}{role}", (f"{n}{role}.jpg",), "BP-1", when, None, None, None, f"{mark:016x}"))
    found = evidence.links(shots, rows, {}, Photos())
    spent = []
    for _ in range(3):
        began = time.process_time()
        told = evidence.checks(shots, rows, found, {}, Photos())
        spent.append(time.process_time() - began)
    assert photos < 10_000 or any(check.code == "photo_reused" for check in told)
    return min(spent)


@pytest.mark.slow
def test_T33_photos_are_compared_by_their_bands_not_each_with_each():
    """Eight times as many photos would take 64 times as long if each were compared with each."""
    assert compared(10_000) < 24 * compared(1_250)
