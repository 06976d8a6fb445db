"""Reading photos: what a camera wrote is read, what it hid stays behind, and the copy is the picture alone."""

import io
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import photo_factory as made
import pytest
from PIL import Image, ImageCms

from eradication.config import Settings
from eradication.errors import RefusedInput
from eradication.ingest import photos, sandbox
from eradication.ingest.formats import photo, photo_kind

NOW = datetime(2026, 5, 1, tzinfo=UTC)
STATED = datetime(2026, 2, 10, 8, 0, 0)
OPTIONS = {"megapixels": 50, "side_px": 40, "quality": 88}


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Read in this process; the worker does the same behind its walls."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)

    def call(content, name="a.jpg", **options):
        path = tmp_path / name
        path.write_bytes(content)
        return photo.read(path, OPTIONS | options)

    return call


@pytest.fixture
def judged(tmp_path, monkeypatch):
    """Read as photos are handed in, but in this process."""
    monkeypatch.setattr(sandbox, "read", lambda path, reader, limits, *, options: photo.read(path, options))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)

    def call(content, name="a.jpg", zone="Asia/Ho_Chi_Minh"):
        path = tmp_path / name
        path.write_bytes(content)
        return photos.read(path, timezone=ZoneInfo(zone), settings=Settings(), now=NOW)

    return call


def test_a_phone_says_when_where_and_with_what(judged):
    said = made.exif(STATED, 104.5, 21.25, gps=datetime(2026, 2, 10, 1, 0, 7), serial="SN-77")
    facts, copy = judged(made.jpeg(said, size=(640, 480)))
    assert (facts.stated_at, facts.zone_assumed) == (datetime(2026, 2, 10, 1, 0, tzinfo=UTC), True)
    assert facts.gps_at == datetime(2026, 2, 10, 1, 0, 7, tzinfo=UTC)
    assert (facts.lon, facts.lat, facts.accuracy_m) == (104.5, 21.25, 6.0)
    assert (facts.make, facts.model, facts.width, facts.height) == ("Acme", "Cam 1", 640, 480)
    assert facts.camera.startswith("c-")
    assert "SN-77" not in str(facts)
    assert copy.startswith(b"\xff\xd8\xff")


def test_a_stated_zone_wins_over_the_assumed_one(judged):
    facts, _ = judged(made.jpeg(made.exif(STATED, zone="+09:00")))
    assert (facts.stated_at, facts.zone_assumed) == (datetime(2026, 2, 9, 23, 0, tzinfo=UTC), False)


def test_fractions_of_a_second_and_the_time_of_digitizing_are_taken(read):
    assert read(made.jpeg(made.exif(STATED, tags=[(0x9291, "25")])))["stated_at"] == "2026-02-10T08:00:00.250000"
    late = made.exif("0000:00:00 00:00:00", tags=[(0x9004, "2026:02:10 09:00:00")])
    assert read(made.jpeg(late))["stated_at"] == "2026-02-10T09:00:00"


@pytest.mark.parametrize("text", ["", "    :  :     :  :  ", "2026:13:40 08:00:00", "yesterday", "9999:99:99 99:99:99"])
def test_a_time_that_is_none_is_left_out(read, text):
    assert "stated_at" not in read(made.jpeg(made.exif(text or None)))


@pytest.mark.parametrize(("year", "note"), [(2006, "gps_week_rollover"), (1980, "implausible_gps_time")])
def test_the_time_of_a_receiver_that_lost_count_is_left_out_and_noted(judged, year, note):
    gps = datetime(2006, 6, 27, 1, 0) if year == 2006 else datetime(1980, 1, 6)
    facts, _ = judged(made.jpeg(made.exif(STATED, 104.5, 21.2, gps=gps)))
    assert (facts.gps_at, facts.notes) == (None, (note,))


@pytest.mark.parametrize(("form", "name"), [("JPEG", "a.JPG"), ("PNG", "a.png"), ("WEBP", "a.webp")])
def test_every_kind_gives_the_same_facts_and_a_jpeg(read, form, name):
    said = read(made.jpeg(made.exif(STATED, 104.5, 21.2), form=form), name.lower())
    assert (said["stated_at"], said["lon"], said["lat"]) == ("2026-02-10T08:00:00", 104.5, 21.2)
    assert Image.open(io.BytesIO(said["copy"])).format == "JPEG"


def test_a_photo_in_heic_is_read_behind_the_walls_where_the_extra_is_installed(tmp_path):
    heif = pytest.importorskip("pillow_heif", reason="the extra heic is not installed")
    heif.register_heif_opener()
    path = tmp_path / "a.heic"
    path.write_bytes(made.jpeg(made.exif(STATED, 104.5, 21.2), form="HEIF"))
    facts, copy = photos.read(path, timezone=ZoneInfo("UTC"), settings=Settings(), now=NOW)
    assert (facts.format, facts.lon, facts.width) == ("heic", 104.5, 64)
    assert Image.open(io.BytesIO(copy)).format == "JPEG"


def test_without_the_extra_a_photo_in_heic_is_refused_with_its_name(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(RefusedInput) as refused:
        photo_kind.decoder("heic")
    assert refused.value.kind == "heic_needs_extra"
    assert "eradication[heic]" in refused.value.hint


def test_the_copy_stands_upright_is_small_and_bears_nothing(read):
    said = made.exif(STATED, 104.5, 21.2, tags=[(made.ORIENTATION, 6)])
    content = made.jpeg(said, size=(80, 60), comment=made.SECRET.encode(), xmp=made.SECRET.encode(), dpi=(72, 72))
    answer = read(content)
    assert (answer["width"], answer["height"]) == (60, 80)
    copy = Image.open(io.BytesIO(answer["copy"]))
    assert (copy.size, dict(copy.getexif())) == ((30, 40), {})
    assert set(copy.info) == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert made.SECRET.encode() in content
    assert made.SECRET.encode() not in answer["copy"]


def test_what_is_see_through_becomes_white_and_grey_and_deep_pictures_become_colour(read):
    for mode, size in (("RGBA", (16, 16)), ("L", (16, 16)), ("P", (16, 16)), ("I;16", (16, 16)), ("LA", (16, 16))):
        out = io.BytesIO()
        Image.new(mode, size).save(out, "PNG")
        copy = Image.open(io.BytesIO(read(out.getvalue(), "a.png")["copy"]))
        white = mode in ("RGBA", "LA")
        assert (copy.mode, copy.getpixel((8, 8))) == ("RGB", (255,) * 3 if white else (0,) * 3), mode


def test_the_copy_shows_the_colours_of_a_profile_that_it_does_not_bear(read):
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    turned = plain.replace(b"rXYZ", b"____", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"____", b"bXYZ", 1)
    colours = {}
    for name, profile in (("none", None), ("plain", plain), ("turned", turned), ("broken", plain[:200])):
        out = io.BytesIO()
        Image.new("RGB", (8, 8), (250, 5, 5)).save(out, "PNG", icc_profile=profile)
        copy = Image.open(io.BytesIO(read(out.getvalue(), "a.png")["copy"]))
        assert "icc_profile" not in copy.info
        colours[name] = max(range(3), key=copy.getpixel((4, 4)).__getitem__)
    assert colours == {"none": 0, "plain": 0, "turned": 2, "broken": 0}


def test_a_fingerprint_survives_shrinking_and_pressing_and_tells_pictures_apart():
    one = made.picture(1, (800, 600))
    out = io.BytesIO()
    one.resize((300, 225)).save(out, "JPEG", quality=40)
    bits = [int(photo.fingerprint(p), 16) for p in (one, Image.open(out), made.picture(2, (800, 600)))]
    assert (bits[0] ^ bits[1]).bit_count() <= 2
    assert (bits[0] ^ bits[2]).bit_count() > 15


def test_two_cameras_of_a_model_are_told_apart_by_their_serial_and_only_by_it(read):
    ids = [read(made.jpeg(made.exif(STATED, serial=s)))["camera"] for s in ("1", "2", None, None)]
    assert len(set(ids)) == 3
    assert ids[2] == ids[3]
    assert ids[2].startswith("m-")
    assert "camera" not in read(made.jpeg())


def test_south_and_west_are_negative_and_a_place_needs_its_letters(read):
    assert (read(made.jpeg(made.exif(lon=-70.5, lat=-33.25)))["lon"]) == -70.5
    answer = read(made.jpeg(made.exif(lon=104.5, lat=21.0, gps_tags=[(1, "")])))
    assert ("lon" in answer, answer["notes"]) == (False, ["bad_position"])


def test_a_place_on_another_datum_is_not_taken(read):
    answer = read(made.jpeg(made.exif(lon=104.5, lat=21.0, gps_tags=[(18, "TOKYO")])))
    assert ("lon" in answer, answer["notes"]) == (False, ["other_datum"])
    assert read(made.jpeg(made.exif(lon=104.5, lat=21.0, gps_tags=[(18, "WGS-84")])))["lon"] == 104.5
