"""Photos made to harm or to smuggle: each ends with a clean copy or a refusal with a reason (T6, T10, T15)."""

import io
import struct
import zipfile
import zlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import photo_factory as made
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from eradication.config import Limits, Settings
from eradication.errors import RefusedInput
from eradication.ingest import photos
from eradication.ingest.formats import photo

NOW = datetime(2026, 5, 1, tzinfo=UTC)
STATED = datetime(2026, 2, 10, 8, 0, 0)
OPTIONS = {"megapixels": 50, "side_px": 2048, "quality": 88}
GOOD = made.jpeg(made.exif(STATED, 104.5, 21.2))
BARE = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Read in this process, where whatever is not a refusal shows."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)

    def call(content, name="a.jpg"):
        path = tmp_path / name
        path.write_bytes(content)
        try:
            return photo.read(path, OPTIONS)
        except RefusedInput as refused:
            return refused.kind

    return call


@pytest.fixture
def judged(tmp_path):
    """Read in the sandbox."""

    def call(content, name="a.jpg", limits=None):
        path = tmp_path / name
        path.write_bytes(content)
        zone = ZoneInfo("Asia/Ho_Chi_Minh")
        try:
            return photos.read(path, timezone=zone, settings=Settings(limits=limits or Limits()), now=NOW)
        except RefusedInput as refused:
            return refused.kind

    return call


def is_bare(copy):
    image = Image.open(io.BytesIO(copy))
    image.load()
    end = copy.rindex(b"\xff\xd9") + 2
    return image.format == "JPEG" and not image.getexif() and set(image.info) == BARE and end == len(copy)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, *more, body=b""):
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", head), *more, chunk(b"IDAT", zlib.compress(body)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def with_size(content, width, height):
    """A JPEG whose header says another size than it has."""
    at = content.index(b"\xff\xc0")
    return content[: at + 5] + struct.pack(">HH", height, width) + content[at + 9 :]


def webp(width, height):
    body = b"VP8X" + struct.pack("<I", 10) + b"\x10\0\0\0" + (width - 1).to_bytes(3, "little")
    body += (height - 1).to_bytes(3, "little") + b"VP8L" + struct.pack("<I", 6) + b"\x2f" + b"\0" * 5
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


BOMBS = {
    "png": ("a.png", png(50_000, 50_000, body=b"\0" * 1000)),
    "thin png": ("a.png", png(2_000_000_000, 1)),
    "jpeg": ("a.jpg", with_size(GOOD, 50_000, 50_000)),
    "jpeg just above": ("a.jpg", with_size(GOOD, 10_001, 5000)),
    "webp": ("a.webp", webp(16_383, 16_383)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_T10_too_many_pixels_are_refused_before_one_is_decoded(read, name):
    assert read(BOMBS[name][1], BOMBS[name][0]) == "too_many_pixels"


def test_T10_a_bomb_is_refused_in_little_memory(judged):
    assert judged(BOMBS["png"][1], "a.png", Limits(memory_mb=400)) == "too_many_pixels"


def test_T6_text_and_profiles_that_swell_are_refused_or_left_behind(read):
    swollen = zlib.compress(b"A" * 70_000_000)
    for kind, head in ((b"zTXt", b"Comment\0\0"), (b"iCCP", b"icc\0\0"), (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0")):
        answer = read(png(8, 8, chunk(kind, head + swollen), body=b"\0" * 200), "a.png")
        assert answer == "damaged_photo" or is_bare(answer["copy"]), kind


@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.9, 0.99])
@pytest.mark.parametrize(("form", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png"), ("WEBP", "a.webp")])
def test_T10_what_was_cut_off_is_refused(read, form, name, share):
    content = made.jpeg(made.exif(STATED), size=(256, 192), form=form)
    assert read(content[: int(len(content) * share)], name) in (
        "damaged_photo",
        "unsupported_photo",
        f"not_{form.lower()}",
    )


OTHERS = {
    "GIF": made.jpeg(form="GIF"),
    "TIFF": made.jpeg(form="TIFF"),
    "BMP": made.jpeg(form="BMP"),
    "PNG": made.jpeg(form="PNG"),
    "PDF": b"%PDF-1.7\n%\xe2\xe3\n",
    "XML (svg)": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "MP4": b"\0\0\0\x20ftypisom" + b"\0" * 40,
    "ZIP": None,
    "unknown binary data": b"\x7fELF" + b"\0" * 60,
}


def zipped(content=b"<script>alert(1)</script>"):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("evil.html", content)
    return data.getvalue()


@pytest.mark.parametrize("found", OTHERS)
def test_T1_a_file_of_another_kind_under_the_name_of_a_photo_is_refused_by_what_it_is(tmp_path, found):
    path = tmp_path / "a.jpg"
    path.write_bytes(OTHERS[found] or zipped())
    with pytest.raises(RefusedInput) as refused:
        photo.read(path, OPTIONS)
    assert (refused.value.kind, refused.value.values["found"]) == ("not_jpeg", found)
    assert refused.value.hint


def test_a_photo_under_the_name_of_another_kind_of_file_is_refused(read):
    assert read(GOOD, "a.gpx") == "unsupported_photo"
    assert read(b"no photo", "a.txt") == "unsupported_photo"
    assert read(b"\xff\xd8\xff", "a.jpg") == "damaged_photo"


POLYGLOTS = {
    "zip after it": GOOD + zipped(made.SECRET.encode()),
    "html after it": GOOD + b"<script>" + made.SECRET.encode() + b"</script>",
    "html in a comment": made.jpeg(made.exif(STATED), comment=b"*/</style><script>" + made.SECRET.encode()),
    "another photo after it": GOOD + made.jpeg(made.exif(STATED, 105.0, 22.0), seed=9),
    "xmp": made.jpeg(made.exif(STATED), xmp=b"<x:xmpmeta>" + made.SECRET.encode() + b"</x:xmpmeta>"),
    "profile": made.jpeg(made.exif(STATED), icc_profile=made.SECRET.encode() * 50),
    "maker's note": made.jpeg(made.exif(STATED, tags=[(0x927C, made.SECRET.encode() * 100)])),
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_T10_T15_nothing_but_the_picture_gets_into_the_copy(read, name):
    content = POLYGLOTS[name]
    answer = read(content)
    assert made.SECRET.encode() in content or "another" in name
    assert is_bare(answer["copy"])
    for hidden in (made.SECRET.encode(), b"script", b"PK\x03\x04", b"Acme", b"xmpmeta", b"Exif"):
        assert hidden not in answer["copy"], hidden


def test_T15_the_thumbnail_in_the_exif_does_not_reach_the_copy(read):
    other = made.jpeg(seed=5, size=(160, 120))
    thumb = made.exif(STATED).tobytes()
    segment = thumb + b"\0" * 8 + other
    answer = read(made.jpeg(segment))
    copy = answer["copy"]
    assert copy.count(b"\xff\xd8\xff") == 1
    assert is_bare(copy)
    assert answer["phash"] == read(made.jpeg())["phash"]


HOSTILE = {
    "no number": [(2, (IFDRational(0, 0),) * 3)],
    "endless": [(2, (IFDRational(1, 0), IFDRational(0), IFDRational(0)))],
    "lat 95": [(2, (IFDRational(95), IFDRational(0), IFDRational(0)))],
    "lon 181": [(4, (IFDRational(181), IFDRational(0), IFDRational(0)))],
    "minutes 4e9": [(2, (IFDRational(21), IFDRational(4_000_000_000), IFDRational(0)))],
    "two parts": [(2, (IFDRational(21), IFDRational(12)))],
    "one part": [(2, (IFDRational(21),))],
    "nowhere": [(2, (IFDRational(0),) * 3), (4, (IFDRational(0),) * 3)],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_T12_a_place_that_is_none_is_left_out_and_noted(read, name):
    answer = read(made.jpeg(made.exif(STATED, 104.5, 21.2, gps_tags=HOSTILE[name])))
    assert ("lon" in answer, "lat" in answer, answer["notes"]) == (False, False, ["bad_position"])
    assert answer["stated_at"] == "2026-02-10T08:00:00"


@pytest.mark.parametrize("value", [(0, 0), (1, 0), (99_999_999, 1)])
@pytest.mark.parametrize("tag", [6, 17, 31])
def test_T12_what_is_no_number_beside_a_place_is_left_out(read, tag, value):
    answer = read(made.jpeg(made.exif(STATED, 104.5, 21.2, gps_tags=[(tag, IFDRational(*value))])))
    assert (answer["lon"], answer["lat"]) == (104.5, 21.2)
    assert {6: "ele_m", 17: "direction_deg", 31: "accuracy_m"}[tag] not in answer


@pytest.mark.parametrize("clock", [(25, 0, 0), (0, 99, 99_999), (0, 0)])
def test_T12_a_time_of_satellites_that_is_none_is_left_out(read, clock):
    parts = tuple(IFDRational(part) for part in clock)
    said = made.exif(STATED, gps_tags=[(29, "2026:02:10"), (7, parts)])
    assert "gps_at" not in read(made.jpeg(said))


def test_T10_exif_without_end_is_not_looked_into(read):
    long = b"Exif\0\0MM\0*\0\0\0\x08" + b"\xff\xff" + b"A" * 3_000_000
    out = io.BytesIO()
    made.picture().save(out, "PNG", exif=long)
    answer = read(out.getvalue(), "a.png")
    assert answer["notes"] == ["exif_too_large"]
    assert is_bare(answer["copy"])


def test_T10_exif_that_points_at_itself_is_survived(read):
    entry = struct.pack(">HHII", 0x8769, 4, 1, 8)  # the detail is the main part again
    gps = struct.pack(">HHII", 0x8825, 4, 1, 0xFFFFFFF0)
    loop = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", 2) + entry + gps + struct.pack(">I", 8)
    answer = read(made.jpeg(loop))
    assert is_bare(answer["copy"])
    assert "lon" not in answer


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_T10_flipped_bytes_end_in_a_refusal_or_a_clean_copy(tmp_path_factory, data):
    content = bytearray(made.jpeg(made.exif(STATED, 104.5, 21.2, gps=STATED), comment=made.SECRET.encode()))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(3, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("flipped") / "a.jpg"
    path.write_bytes(content)
    kind, copy = "", b""
    try:
        copy = photo.read(path, OPTIONS)["copy"]
    except RefusedInput as refused:
        kind = refused.kind
    assert kind in ("damaged_photo", "too_many_pixels") if kind else is_bare(copy)
    assert made.SECRET.encode() not in copy


def test_T10_a_photo_of_several_pictures_gives_its_first_one(judged):
    out = io.BytesIO()
    made.picture(1).save(out, "MPO", save_all=True, append_images=[made.picture(2)], exif=made.exif(STATED))
    facts, copy = judged(out.getvalue())
    assert facts.phash == photo.fingerprint(made.picture(1))
    assert is_bare(copy)


def test_T12_absurd_dates_and_a_broken_profile_are_no_crash(judged):
    said = made.exif("0001:01:01 00:00:00", 104.5, 21.2, zone="+14:00", gps=datetime(2099, 1, 1))
    facts, copy = judged(made.jpeg(said))
    assert (facts.stated_at, facts.gps_at, facts.notes) == (None, None, ("implausible_gps_time",))
    assert is_bare(copy)
