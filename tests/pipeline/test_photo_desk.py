"""What photos' events of other laptops may hold, and which of several events on one photo counts."""

import pytest
from worlds import START, World

from eradication.domain import EventKind, Photo, PhotoFacts
from eradication.pipeline import photo_desk

SHA, COPY = "a" * 64, "b" * 64


def photo(name="a.jpg", **fields):
    words = {"time_source": "camera", "offset_s": 0.0, "lon": 104.5, "lat": 21.2, "position_source": "exif"}
    words |= {"error_m": 6.0, "camera": "c-1", "phash": "0" * 16, "width": 4, "height": 3, "unit": "", "patrol": ""}
    return Photo(SHA, COPY, name, START, **words | fields)


def body(**fields):
    facts = PhotoFacts(SHA, "jpeg", 4, 3, "0" * 16, gps_at=START, lon=104.5, lat=21.2, notes=("other_datum",))
    return photo(**fields).to_json() | {"says": facts.to_json(), "simulated": False}


def told(*payloads):
    world = World()
    for number, payload in enumerate(payloads):
        world.on(f"laptop-{number % 2}").append(EventKind.PHOTO_RECORDED, payload)
    return world.events


def test_a_photo_is_read_as_it_was_written():
    for one in (photo(), photo(lon=None, lat=None, error_m=None, track_m=3.5, stated_at=START, uncertainty_s=2.0)):
        assert Photo.from_json(one.to_json()) == one


def test_what_a_file_says_itself_is_kept_beside_it():
    [kept] = photo_desk.kept(told(body())).values()
    assert (kept.facts.gps_at, kept.facts.lon, kept.facts.notes) == (START, 104.5, ("other_datum",))


def test_the_newest_event_counts_in_whatever_order_they_come_and_every_name_is_kept():
    events = told(body(name="a.jpg"), body(name="b.jpg", offset_s=60.0))
    for order in (events, events[::-1]):
        [kept] = photo_desk.kept(order).values()
        assert (kept.photo.offset_s, kept.names) == (60.0, ("a.jpg", "b.jpg"))


@pytest.mark.parametrize(
    "odd",
    [
        {"sha256": "../../etc/passwd"},
        {"copy": "x"},
        {"copy": {"sha256": "../x"}},
        {"lon": "104.5"},
        {"lat": True},
        {"phash": "zz"},
        {"taken_at": "2026-01-01T00:00:00"},
        {"taken_at": 5},
        {"position_source": "guess"},
        {"width": None},
        {"says": {}},
    ],
    ids=str,
)
def test_T18_an_event_that_holds_anything_else_is_passed_over(odd):
    assert photo_desk.kept(told(body() | odd)) == {}


def test_photos_stand_in_the_order_in_which_they_were_taken_those_without_time_first():
    events = told(body(), body() | {"sha256": "c" * 64, "taken_at": None}, body() | {"sha256": "d" * 64})
    assert list(photo_desk.kept(events)) == ["c" * 64, SHA, "d" * 64]
