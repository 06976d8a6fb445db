"""Simulated photos: the same bytes for the same rows, and every one says that it is simulated."""

from datetime import UTC, datetime

from PIL import Image

from eradication import simulation

ROWS = [
    {"outcome": "detected", "visited_at": "2026-02-20T09:00:00+07:00", "plot_id": "P-1"},
    *(
        {
            "outcome": "eradicated",
            "visited_at": "2026-02-20T10:00:00+07:00",
            "photo_before": f"{name}_before.jpg",
            "photo_after": f"{name}_after.jpg",
            **place,
        }
        for name, place in (
            ("a", {"plot_id": "P-1"}),
            ("b", {"lon": "104.6", "lat": "20.9"}),
            ("c", {"plot_id": "P-1"}),
        )
    ),
]
PLACES = [{"plot_id": "P-1", "lon": 104.5, "lat": 21.25}, {"lon": 104.6, "lat": 20.9}]


def test_the_first_destructions_have_photos_before_and_after_that_say_they_are_simulated(tmp_path):
    written = simulation.write_photos(ROWS, PLACES, tmp_path / "one")
    assert [path.name for path in written] == ["a_before.jpg", "a_after.jpg", "b_before.jpg", "b_after.jpg"]
    again = simulation.write_photos(ROWS, PLACES, tmp_path / "two")
    assert [path.read_bytes() for path in written] == [path.read_bytes() for path in again]
    with Image.open(written[0]) as photo:
        exif = photo.getexif()
        gps, stated = exif.get_ifd(0x8825), exif.get_ifd(0x8769)[0x9003]
    assert (exif[0x010E], exif[0x010F]) == ("simulated", "SIMULATED")
    assert [float(part) for part in gps[2]] == [21.0, 15.0, 0.0]
    taken = datetime(2026, 2, 20, 2, 20, tzinfo=UTC)
    assert f"{gps[29]} {int(gps[7][0]):02}:{int(gps[7][1]):02}" == f"{taken:%Y:%m:%d %H:%M}"
    assert stated == "2026:02:20 09:27:00"
