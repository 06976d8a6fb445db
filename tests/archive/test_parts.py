"""The small parts of an archive's reader: byte ranges, pauses, who may be asked, TIFF headers, ten-day periods."""

import socket
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.features
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from eradication import geo
from eradication.archive import guard, periods, retry, spans, tiff, windows
from eradication.archive.lost import Lost
from eradication.archive.periods import Sight
from eradication.archive.shelf import safe_name
from eradication.domain import Season

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda p: (min(p), max(p))), max_size=8)


def bytes_of(some: list[tuple[int, int]] | spans.Spans) -> set[int]:
    return {byte for start, end in some for byte in range(start, end)}


@given(SPANS, SPANS)
def test_spans_are_sets_of_bytes(one, other):
    first, second = spans.union(one), spans.union(other)
    assert bytes_of(first) == bytes_of(one)
    assert bytes_of(spans.missing(first, second)) == bytes_of(one) - bytes_of(other)
    assert bytes_of(spans.common(first, second)) == bytes_of(one) & bytes_of(other)
    assert spans.total(first) == len(bytes_of(one))
    assert all(a[1] < b[0] for a, b in pairwise(first))


@given(SPANS, st.integers(1, 20))
def test_pieces_are_the_same_bytes_and_none_is_too_long(some, most):
    cut = spans.pieces(spans.union(some), most)
    assert bytes_of(cut) == bytes_of(some)
    assert all(0 < end - start <= most for start, end in cut)


def test_near_spans_become_one_request():
    assert spans.union([(0, 10), (14, 20), (30, 40)], gap=4) == ((0, 20), (30, 40))
    assert spans.clipped([(-5, 3), (8, 99)], 10) == ((0, 3), (8, 10))


def test_pauses_double_are_bounded_and_never_all_the_same():
    pauses = [[retry.pause_s(attempt, 1.0) for _ in range(30)] for attempt in range(12)]
    for attempt, drawn in enumerate(pauses):
        longest = min(2.0**attempt, retry.LONGEST_PAUSE_S)
        assert all(longest / 2 <= pause <= longest for pause in drawn)
        assert len(set(drawn)) > 1


def test_a_server_says_when_to_come_again_in_seconds_or_as_a_date():
    now = datetime(2026, 1, 5, 3, 40, tzinfo=UTC)
    assert retry.asked_s("7") == 7.0
    assert retry.asked_s("Mon, 05 Jan 2026 03:40:30 GMT", now) == 30.0
    assert retry.asked_s("Mon, 05 Jan 2026 03:39:00 GMT", now) == 0.0
    assert retry.asked_s("soon") is None
    assert retry.asked_s(None) is None


def refused(one: guard.Guard, url: str) -> str:
    with pytest.raises(Lost) as lost:
        one.check(url)
    return lost.value.reason


def names(monkeypatch: pytest.MonkeyPatch, table: dict[str, str]) -> None:
    """Let names mean these addresses, and nothing else."""

    def look_up(host: str, *rest: object, **more: object) -> list[tuple[object, ...]]:
        if host not in table:
            raise socket.gaierror(socket.EAI_NONAME, "no such host")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (table[host], 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(variable, raising=False)


def test_T2_a_public_archive_cannot_lead_into_this_computers_network(monkeypatch):
    names(monkeypatch, {"archive.example": "93.184.216.34", "cdn.example": "10.1.2.3", "trap.example": "127.0.0.1"})
    one = guard.guard_of("https://archive.example/v1", ["cdn.example", "trap.example", "127.0.0.1", "*.internal"])
    one.check("https://archive.example/items/1.tif")
    for url in (
        "file:///etc/passwd",
        "ftp://archive.example/x",
        "https://elsewhere.example/x.tif",
        "https://cdn.example/x.tif",
        "http://trap.example/x.tif",
        "http://127.0.0.1/x.tif",
        "http://localhost/x.tif",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/x.tif",
        "http://[::ffff:127.0.0.1]/x.tif",
        "http://archive.example:99999/x.tif",
        "//archive.example/x.tif",
        "/vsicurl/http://archive.example/x.tif",
    ):
        assert refused(one, url) == "refused_address", url
    assert refused(one, "https://db.internal/x") == "unreachable"


def test_an_archive_of_this_network_may_be_asked_where_it_is(monkeypatch):
    names(monkeypatch, {"archive.example": "93.184.216.34"})
    one = guard.guard_of("http://127.0.0.1:4000/stac")
    one.check("http://127.0.0.1:5000/files/1.tif")
    one.check_peer("127.0.0.1", "http")
    assert refused(one, "https://archive.example/1.tif") == "refused_address"
    with pytest.raises(Lost, match="private"):
        guard.guard_of("https://archive.example").check_peer("10.0.0.8", "https")


def test_what_is_shown_of_an_address_holds_no_secret():
    url = "https://user:word@archive.example:8443/a/b.tif?sig=secret&x=1#part"
    assert guard.public(url) == "https://archive.example:8443/a/b.tif"
    assert guard.public("http://[::1]:80/x?y") == "http://[::1]:80/x"


@pytest.mark.parametrize(
    "text", ["../../etc/passwd", "a/b", ".hidden", "", "x" * 300, "con\0", "Đèo Pha Đin", "a.", "a b"]
)
def test_names_from_archives_become_plain_file_names(text):
    name = safe_name(text)
    assert name == Path(name).name
    assert safe_name(name) == name
    assert name not in ("", ".", "..")
    assert not name.startswith(".")


def test_different_ids_never_share_a_folder():
    ids = ["a/b", "a-b", "a b", "a?b", "S2A_48QUJ_20260105_0_L2A"]
    assert len({safe_name(one) for one in ids}) == len(ids)
    assert safe_name("S2A_48QUJ_20260105_0_L2A") == "S2A_48QUJ_20260105_0_L2A"


# Headers of TIFF files, against what GDAL says of the same file.

FORMS = {
    "cog": {"driver": "COG", "blocksize": 128, "compress": "deflate", "overviews": "AUTO"},
    "big": {"driver": "GTiff", "tiled": True, "blockxsize": 64, "blockysize": 32, "compress": "lzw", "BIGTIFF": "YES"},
    "big-endian": {"driver": "GTiff", "tiled": True, "blockxsize": 64, "blockysize": 64, "ENDIANNESS": "BIG"},
    "planes": {"driver": "GTiff", "tiled": True, "blockxsize": 64, "blockysize": 64, "interleave": "band", "count": 3},
}


def written(path: Path, epsg: int = 32648, size: tuple[int, int] = (300, 410), **form: object) -> Path:
    rows, columns = size
    step = 10.0 if epsg > 30000 else 0.0001
    corner = (386_400.0, 2_358_800.0) if epsg > 30000 else (103.9, 21.3)
    profile = {"count": 1, "dtype": "uint16", "height": rows, "width": columns, "nodata": 0, **form}
    transform = Affine(step, 0, corner[0], 0, -step, corner[1])
    values = np.random.default_rng(0).integers(1, 9000, (int(profile["count"]), rows, columns)).astype(profile["dtype"])
    with rasterio.open(path, "w", crs=f"EPSG:{epsg}", transform=transform, **profile) as file:
        file.write(values)
    return path


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("epsg", [32648, 4326])
def test_where_blocks_lie_is_read_as_gdal_reads_it(tmp_path, name, epsg):
    path = written(tmp_path / "image.tif", epsg, **FORMS[name])
    content = path.read_bytes()
    layout = tiff.layout(lambda start, end: content[start:end], len(content))
    with rasterio.open(path) as source:
        assert layout.epsg == source.crs.to_epsg()
        assert layout.transform == pytest.approx(tuple(source.transform)[:6])
        assert layout.shape == source.shape
        assert layout.block == source.block_shapes[0]
        for plane, row, column in np.ndindex(layout.offsets.shape):
            band = plane + 1
            told = [source.get_tag_item(f"BLOCK_{w}_{column}_{row}", "TIFF", bidx=band) for w in ("OFFSET", "SIZE")]
            assert [layout.offsets[plane, row, column], layout.sizes[plane, row, column]] == list(map(int, told))


def test_a_striped_or_unplaced_file_is_fetched_whole(tmp_path):
    striped = written(tmp_path / "striped.tif", driver="GTiff", tiled=False).read_bytes()
    with pytest.raises(tiff.NotTiled):
        tiff.layout(lambda start, end: striped[start:end], len(striped))


@given(st.data())
def test_a_damaged_header_is_refused_and_never_anything_else(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp()
    path = folder / "fuzz.tif"
    if not path.exists():
        written(path, **FORMS["cog"])
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 12))):
        content[data.draw(st.integers(0, 1500))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(content)))
    whole = bytes(content[: end if data.draw(st.booleans()) else len(content)])
    try:
        layout = tiff.layout(lambda start, stop: whole[start:stop], len(whole))
        spans.total(windows.needed(layout, box(103.9, 21.2, 103.95, 21.3)))
    except tiff.NotTiled:
        pass
    assert len(whole) <= len(content)


@pytest.mark.parametrize("epsg", [32648, 4326])
def test_the_blocks_an_area_needs_hold_every_pixel_it_touches(tmp_path, epsg):
    path = written(tmp_path / "image.tif", epsg, (700, 900), **FORMS["cog"])
    content = path.read_bytes()
    layout = tiff.layout(lambda start, end: content[start:end], len(content))
    with rasterio.open(path) as source:
        west, south, east, north = source.bounds
        middle = box(
            west + (east - west) * 0.4,
            south + (north - south) * 0.4,
            west + (east - west) * 0.45,
            south + (north - south) * 0.5,
        )
        area = geo.project(middle, epsg, geo.WGS84)
        held = spans.union(windows.needed(layout, area))
        touched = rasterio.features.geometry_mask(
            [middle], source.shape, source.transform, all_touched=True, invert=True
        )
        for (row, column), window in source.block_windows(1):
            start, size = layout.offsets[0, row, column], layout.sizes[0, row, column]
            if touched[window.toslices()].any():
                assert spans.missing(((start, start + size),), held) == ()
    assert spans.total(held) < 0.6 * len(content)
    assert spans.total(windows.needed(layout, None)) > spans.total(held)


# Periods of ten days.

SEASON = Season(2025)


def moments(*days: str) -> list[datetime]:
    return [datetime.fromisoformat(f"{day}T03:40:00+00:00") for day in days]


def test_every_ten_days_of_the_window_have_a_row_and_every_image_is_in_one():
    sights = [
        Sight(t, 20.0, "05.11", "baseline") for t in moments("2025-05-14", "2026-01-05", "2026-01-10", "2026-01-11")
    ]
    rows = periods.by_period(sights, SEASON.imagery_window, datetime(2027, 1, 1, tzinfo=UTC))
    assert len(rows) == 13 * 3
    assert all(b.start == a.end + timedelta(days=1) for a, b in pairwise(rows))
    assert [(r.start.isoformat(), r.items) for r in rows if r.items] == [
        ("2025-05-11", 1),
        ("2026-01-01", 2),
        ("2026-01-11", 1),
    ]
    assert {r.start.day for r in rows} == {1, 11, 21}


def test_a_season_that_runs_is_late_after_two_missed_looks_and_a_closed_one_never():
    times = moments("2025-12-01", "2025-12-06")
    for day, late in (("2025-12-15", False), ("2025-12-17", True), ("2026-06-20", False)):
        now = datetime.fromisoformat(f"{day}T12:00:00+00:00")
        assert periods.freshness(times, SEASON.imagery_window, now, 5.0).late is late
    assert periods.freshness([], SEASON.imagery_window, datetime(2025, 12, 1, tzinfo=UTC), 5.0).late
    assert not periods.freshness([], SEASON.imagery_window, datetime(2025, 12, 1, tzinfo=UTC), 0.0).late


def test_weeks_without_a_look_are_told_both_ends_included():
    window = SEASON.imagery_window
    every_five = [window[0] + timedelta(days=5 * n) for n in range(79)]
    holed = [t for t in every_five if not datetime(2025, 12, 1, tzinfo=UTC) < t < datetime(2025, 12, 25, tzinfo=UTC)]
    now = datetime(2027, 1, 1, tzinfo=UTC)
    assert periods.gaps(every_five, window, now, 5.0) == []
    [gap] = periods.gaps(holed, window, now, 5.0)
    assert 24 < gap.days <= 30
    assert len(periods.gaps(moments("2025-12-01"), window, now, 5.0)) == 2
