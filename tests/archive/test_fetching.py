"""Fetching against real servers that fail as scripted: what one file costs, no other pays; nothing is fetched twice."""

import dataclasses
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from archive import faults
from archive.answers import plain
from archive.files import EAST, WEST, Product, Tile, one_pass
from archive.fixtures import LiveArchive
from imagery_factory import Place
from shapely import union_all
from shapely.geometry import box, mapping, shape

from eradication import config, geo
from eradication.archive import mirror as mirrors
from eradication.archive.fetching import Budget, Fetcher, Wanted
from eradication.archive.guard import guard_of
from eradication.archive.http import Http
from eradication.archive.mirror import Mirror
from eradication.archive.windows import MARGIN_M
from eradication.domain import Season
from eradication.errors import StorageFailed, UnusableInput
from eradication.ingest import imagery
from eradication.pipeline import fetching, imagery_shelf, main_path, sourcing, workspace
from eradication.pipeline.main_path import Monitoring
from eradication.pipeline.sourcing import Request
from eradication.pipeline.workspace import Workspace
from eradication.raster import BANDS

SEASON = Season(2025)
FEW = ("red", "nir", "scl")
AREA = box(103.5, 21.0, 104.3, 21.6)
"""Holds every tile of the tests."""
QUICK = config.Fetch(threads=4, tries=3, backoff_s=0.01, connect_s=2.0, stall_s=0.4, asset_s=8.0, reserve_gb=0.0)


@pytest.fixture
def ws(tmp_path: Path):
    settings = dataclasses.replace(workspace.settings_for("Sơn La"), fetch=QUICK)
    with workspace.created(tmp_path / "ws", settings) as opened:
        yield opened


def products(*days: str, tiles: tuple[Tile, ...] = (WEST,), **fields: Any) -> list[Product]:
    like = dataclasses.replace(Product(""), **{"bands": FEW, **fields})
    return [p for day in days for p in one_pass(f"{day}T03:40:11Z", tiles, like)]


def get(ws: Workspace, live: LiveArchive, area: Any = AREA, **more: Any) -> dict[str, Any]:
    return fetching.fetch(ws, Request(live.api, SEASON, area), **more)


def lost(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    return sorted((f["id"], f["asset"], f["reason"]) for f in answer["failed"])


def mirror_of(ws: Workspace, product: Product, band: str) -> Mirror:
    [path] = ws.imagery.glob(f"*/items/{product.id}/{product.archive.names[band]}.tif")
    return mirrors.opened(path)


def pixels(answer: dict[str, Any], product: Product, band: str) -> Any:
    """What the catalog's own file of a band holds."""
    document = json.loads(Path(answer["catalog"]).read_text())
    [item] = [f for f in document["features"] if f["id"] == product.id]
    with rasterio.open(Path(answer["catalog"]).parent / item["assets"][product.archive.names[band]]["href"]) as source:
        return source.read(1)


@pytest.mark.slow
def test_what_is_fetched_is_what_the_archive_holds_and_items_keep_all_their_properties(ws, live_archive):
    answer = get(ws, live_archive)
    assert answer["failed"] == []
    assert answer["items"] == len(live_archive.products)
    document = json.loads(Path(answer["catalog"]).read_text())
    sent = {d["id"]: d for d in live_archive.documents}
    for item in document["features"]:
        for name, value in sent[item["id"]]["properties"].items():
            if name != "datetime":
                assert item["properties"][name] == value
        assert item["properties"]["eradication:source"] == "earth-search"
    for product in live_archive.products[::5]:
        for band in (*BANDS, "scl"):
            np.testing.assert_array_equal(pixels(answer, product, band), product.counts(band))
    assert live_archive.server.requests("*preview.jpg") == 0


@pytest.mark.slow
def test_a_second_fetch_asks_the_archive_what_is_new_and_brings_nothing(ws, live_archive):
    get(ws, live_archive)
    live_archive.server.reset()
    answer = get(ws, live_archive)
    assert live_archive.server.requests("*.tif") == 0
    assert (answer["estimate"]["files_missing"], answer["estimate"]["missing_gb"]) == (0, 0)


def search_changed(live: LiveArchive, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Let the archive's search answer something else from now on."""

    def changed(request: Any, answer: Any) -> Any:
        page = json.loads(b"".join(answer.content.chunks(0, answer.stop)))
        return plain(200, json.dumps(change(page)).encode(), "application/geo+json")

    live.server.fault("/stac/search", changed)


def test_a_new_date_costs_only_its_own_bytes(ws, publish):
    days = ("2025-11-05", "2026-01-14", "2026-02-13", "2026-03-15")
    live = publish(products(*days, tiles=(WEST, EAST)))

    def before_march(page: dict[str, Any]) -> dict[str, Any]:
        return page | {"features": [f for f in page["features"] if "20260315" not in f["id"]] or page["features"][:1]}

    search_changed(live, before_march)
    first = get(ws, live)
    assert 6 <= first["items"] <= 7
    already = {path.parent.name for path in ws.imagery.glob("*/items/*/*.tif")}
    live.server.reset()
    answer = get(ws, live)
    assert answer["failed"] == []
    assert answer["items"] == 8
    new = [p for p in live.products if p.id not in already]
    assert all("20260315" in p.id for p in new)
    files = sum(live.written.file(p, band).stat().st_size for p in new for band in FEW)
    assert 0 < live.server.bytes("*.tif") <= files
    assert {s.path.split("/")[1] for s in live.server.seen("*.tif")} == {p.id for p in new}


LARGE = Tile("48QUJ", Place(386_400, 2_358_800, 768, 768))


def corner(product: Product, columns: int, rows: int) -> Any:
    """Area of the first columns and rows of a product, shrunk by the margin that is fetched around areas."""
    place = product.tile.place
    outline = box(place.east, place.north - 10 * rows + MARGIN_M, place.east + 10 * columns - MARGIN_M, place.north)
    return geo.project(outline, place.epsg, geo.WGS84)


def test_only_blocks_inside_the_area_are_fetched_and_a_larger_area_adds_the_rest(ws, publish):
    [product] = products("2026-01-14", tiles=(LARGE,), bands=("red", "scl"))
    live = publish([product])
    answer = get(ws, live, corner(product, 250, 250))
    size = live.written.file(product, "red").stat().st_size
    part = mirror_of(ws, product, "red").held_bytes
    assert 0 < part < 0.3 * size
    assert mirror_of(ws, product, "red").path.stat().st_size == size
    truth = product.counts("red")
    seen = pixels(answer, product, "red")
    np.testing.assert_array_equal(seen[:256, :256], truth[:256, :256])
    assert not seen[640:, 640:].any()
    assert {0}.union(np.unique(truth)) >= set(np.unique(seen))
    live.server.reset()
    wider = get(ws, live, corner(product, 500, 500))
    brought = live.server.bytes("*_red.tif")
    np.testing.assert_array_equal(pixels(wider, product, "red")[:500, :500], truth[:500, :500])
    assert brought == mirror_of(ws, product, "red").held_bytes - part


@pytest.mark.slow
def test_blocks_that_were_not_fetched_are_unknown_without_being_failures(ws, publish):
    scene = {"tiles": (LARGE,), "bands": ("blue", "green", "red", "nir", "swir16", "swir22", "scl")}
    live = publish(products("2025-11-05", "2026-01-14", "2026-02-13", **scene))
    area = corner(live.products[0], 300, 300)
    answer = main_path.monitor(ws, Monitoring(SEASON, live.api, area))
    assert answer["scenes"]["failed"] == []
    assert answer["scenes"]["used"] == 3
    assert answer["unobserved_share"] < 0.02
    everywhere = main_path.monitor(ws, Monitoring(SEASON, fetching.local_catalog(ws, live.api, SEASON, area)))
    assert everywhere["scenes"]["failed"] == []
    assert everywhere["unobserved_share"] > 0.7


def test_the_mirror_keeps_the_archives_own_bytes(ws, publish):
    [product] = products("2026-01-14", tiles=(LARGE,), bands=("red", "scl"))
    live = publish([product])
    get(ws, live, corner(product, 250, 250))
    mirror = mirror_of(ws, product, "red")
    assert mirror.original is not None
    assert mirror.damaged() == []
    original = live.written.file(product, "red").read_bytes()
    for start, end in mirror.held:
        assert mirror.read(start, end) == original[start:end]


FAULTS = {
    "403": (faults.refuse(403), None, "http_403"),
    "404": (faults.refuse(404), None, "http_404"),
    "429": (faults.refuse(429), None, "http_429"),
    "500 always": (faults.refuse(500), None, "http_500"),
    "connection cut": (faults.cut(700), None, "truncated"),
    "reset": (faults.cut(700, reset=True), None, "truncated"),
    "stalled": (faults.stall(after=100), None, "timeout"),
    "silent": (faults.stall(), None, "timeout"),
    "cut file": (faults.shortened(900), None, "truncated"),
    "page of text": (faults.page(), None, "bad_answer"),
    "other range": (faults.wrong_range(1), None, "bad_answer"),
    "compressed": (faults.header("Content-Encoding", "gzip"), None, "bad_answer"),
    "no length of the whole": (faults.header("Content-Range", "bytes 0-9/*"), None, "bad_answer"),
    "to a file": (faults.redirect("file:///etc/passwd"), None, "refused_address"),
    "to another host": (faults.redirect("https://elsewhere.example/x.tif"), None, "refused_address"),
    "in a circle": (faults.redirect("/round/b.tif"), None, "too_many_redirects"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_T27_a_bad_file_costs_itself_and_is_listed_with_its_reason(ws, publish, name):
    live = publish(products("2026-01-14", "2026-02-13", tiles=(WEST, EAST)))
    broken = live.products[2]
    change, times, reason = FAULTS[name]
    live.server.fault(live.written.path(broken, "nir"), change, times=times)
    live.server.fault("/round/*", change, times=times)
    answer = get(ws, live)
    assert lost(answer) == [(broken.id, "nir", reason)]
    assert answer["files_ok"] == answer["files"] - 1
    for product in live.products:
        np.testing.assert_array_equal(pixels(answer, product, "red"), product.counts("red"))
    found = imagery.find(answer["catalog"], SEASON, settings=ws.settings)
    assert len(found.scenes) == 4
    assert [(f.id, f.asset, f.reason) for f in found.failed] == lost(answer)
    # The archive recovers: the next fetch brings the one file and nothing else.
    live.server.reset()
    again = get(ws, live)
    assert again["failed"] == []
    assert {s.path for s in live.server.seen("*.tif")} == {live.written.path(broken, "nir")}
    np.testing.assert_array_equal(pixels(again, broken, "nir"), broken.counts("nir"))


PASSING = {
    "503 twice": (faults.refuse(503, retry_after=0), 2),
    "429 once": (faults.refuse(429, retry_after=0), 1),
    "cut once": (faults.cut(700), 1),
    "reset once": (faults.cut(700, reset=True), 1),
    "stalled once": (faults.stall(after=100), 1),
    "no ranges": (faults.no_ranges(), None),
}


@pytest.mark.parametrize("name", PASSING)
def test_T27_what_passes_is_tried_again_and_costs_nothing(ws, publish, name):
    live = publish(products("2026-01-14"))
    change, times = PASSING[name]
    live.server.fault("*.tif", change, times=times)
    answer = get(ws, live)
    assert answer["failed"] == []
    for band in FEW:
        np.testing.assert_array_equal(pixels(answer, live.products[0], band), live.products[0].counts(band))


def test_an_interrupted_answer_goes_on_with_the_missing_byte(ws, publish):
    live = publish(products("2026-01-14", tiles=(LARGE,), bands=("red", "scl")))
    path = live.written.path(live.products[0], "red")
    live.server.fault(path, faults.cut(40_000), times=1, skip=1)
    assert get(ws, live)["failed"] == []
    asked = [s.range for s in live.server.seen(path)]
    starts = [int(r.removeprefix("bytes=").split("-")[0]) for r in asked if r]
    assert starts[2] == starts[1] + 40_000
    assert live.server.bytes(path) <= live.written.file(live.products[0], "red").stat().st_size


@pytest.mark.slow
def test_a_crawling_answer_is_given_up(tmp_path, ws, publish):
    live = publish(products("2026-01-14", tiles=(LARGE,), bands=("red", "scl")))
    live.server.fault("*_red.tif", faults.slow(2000))
    settings = dataclasses.replace(ws.settings, fetch=dataclasses.replace(QUICK, min_kb_s=50.0, tries=2))
    answer = get(dataclasses.replace(ws, settings=settings), live)
    assert lost(answer) == [(live.products[0].id, "red", "slow")]


@pytest.mark.slow
def test_a_file_is_given_up_after_its_time_even_if_something_always_comes(ws, publish):
    live = publish(products("2026-01-14", tiles=(LARGE,), bands=("red", "scl")))
    live.server.fault("*_red.tif", faults.slow(20_000))
    settings = dataclasses.replace(ws.settings, fetch=dataclasses.replace(QUICK, asset_s=1.0, min_kb_s=1.0))
    answer = get(dataclasses.replace(ws, settings=settings), live)
    assert lost(answer) == [(live.products[0].id, "red", "timeout")]


def test_a_file_that_changes_while_it_is_fetched_is_dropped_whole_and_begun_anew(ws, publish):
    live = publish(products("2026-01-14", tiles=(LARGE,), bands=("red", "scl")))
    other = dataclasses.replace(live.products[0], shifted=True)
    new = publish([other]).written.file(other, "red").read_bytes()
    live.server.fault("*_red.tif", faults.instead(new), skip=1)
    [red] = [one for one in files_wanted(ws, live) if one.band == "red"]
    with Http(guard_of(live.api), QUICK) as http:
        fetcher = Fetcher(http, [red], AREA, Budget())
        assert [f.reason for f in fetcher.run([red])] == ["changed"]
        assert not red.path.exists()
        assert [f.reason for f in fetcher.run([red])] == [""]
    with rasterio.open(red.path) as source:
        np.testing.assert_array_equal(source.read(1), other.counts("red"))


def files_wanted(ws: Workspace, live: LiveArchive) -> Sequence[Wanted]:
    with sourcing.asked(ws, Request(live.api, SEASON, AREA)) as archive:
        return sourcing.files_of(archive).wanted


def test_an_item_the_archive_has_processed_anew_is_fetched_anew(ws, publish):
    live = publish(products("2026-01-14"))
    get(ws, live)
    product = live.products[0]
    changed = dataclasses.replace(product, shifted=True)
    new = publish([changed])
    # The same address now serves other bytes, and the item says so.
    for band in FEW:
        live.server.fault(
            live.written.path(product, band), faults.instead(new.written.file(changed, band).read_bytes())
        )
    search_changed(live, updated)
    answer = get(ws, live)
    assert answer["failed"] == []
    np.testing.assert_array_equal(pixels(answer, product, "red"), changed.counts("red"))


def updated(page: dict[str, Any]) -> dict[str, Any]:
    for feature in page["features"]:
        feature["properties"]["updated"] = "2026-02-01T00:00:00Z"
    return page


def test_a_file_larger_than_allowed_is_not_fetched(ws, publish):
    live = publish(products("2026-01-14"))
    settings = dataclasses.replace(ws.settings, fetch=dataclasses.replace(QUICK, max_asset_gb=1e-9))
    answer = get(dataclasses.replace(ws, settings=settings), live)
    assert {f["reason"] for f in answer["failed"]} == {"too_large"}


def test_a_full_disk_ends_the_fetch_before_it_begins(ws, publish):
    live = publish(products("2026-01-14"))
    settings = dataclasses.replace(ws.settings, fetch=dataclasses.replace(QUICK, reserve_gb=1e9))
    with pytest.raises(StorageFailed) as error:
        get(dataclasses.replace(ws, settings=settings), live)
    assert error.value.kind == "disk_full"


def test_a_limit_refuses_what_is_more_and_is_never_passed(ws, publish):
    live = publish(products("2026-01-14", tiles=(LARGE,), bands=("red", "scl")))
    with pytest.raises(UnusableInput) as error:
        get(ws, live, max_gb=0.0002)
    assert error.value.kind == "much_to_fetch"
    assert live.server.bytes("*.tif") < 200_000


@pytest.mark.slow
def test_the_estimate_is_told_before_and_no_is_an_answer(ws, live_archive):
    told: list[dict[str, Any]] = []
    answer = get(ws, live_archive, agree=lambda estimate: bool(told.append(estimate)))
    assert answer["dry_run"]
    assert answer["catalog"] is None
    ahead = told[0]["estimate"]
    size = sum(f.stat().st_size for f in live_archive.written.folder.rglob("*.tif")) / 1e9
    assert 0.5 * size < ahead["needed_gb"] <= 1.1 * size
    assert ahead["rate_source"] == "measured"
    assert ahead["seconds"] > 0
    assert ahead["headers_read"] < ahead["files"]


def test_jpeg_2000_and_striped_files_are_fetched_whole_in_pieces_that_resume(ws, tmp_path, file_server, monkeypatch):
    monkeypatch.setattr("eradication.archive.fetching.RANGE_BYTES", 100_000)
    content = b"\0\0\0\x0cjP  \r\n\x87\n" + np.random.default_rng(0).bytes(450_000)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "red.jp2").write_bytes(content)
    item = {
        "type": "Feature", "stac_version": "1.0.0", "id": "x", "geometry": mapping(AREA), "links": [],
        "properties": {"datetime": "2026-01-14T03:40:00Z"}, "assets": {"red": {"href": "./red.jp2"}},
    }  # fmt: skip
    text = json.dumps({"type": "FeatureCollection", "features": [item]})
    (tmp_path / "files" / "items.json").write_text(text)
    server = file_server(tmp_path / "files")
    request = Request(f"{server.url}/items.json", SEASON, box(103.8, 21.2, 103.9, 21.3))
    server.fault("/red.jp2", faults.cut(10), skip=3)
    assert lost(fetching.fetch(ws, request)) == [("x", "red", "truncated")]
    [path] = ws.imagery.glob("*/items/x/red.jp2")
    before = mirrors.opened(path).held_bytes
    assert 200_000 < before < len(content)
    server.reset()
    assert fetching.fetch(ws, request)["failed"] == []
    assert server.bytes("/red.jp2") == len(content) - before
    assert path.read_bytes() == content


def test_two_programs_do_not_fetch_into_one_workspace(ws, publish):
    live = publish(products("2026-01-14"))
    with workspace.imagery_locked(ws), pytest.raises(UnusableInput) as error:
        get(ws, live)
    assert error.value.kind == "imagery_in_use"


FETCH = """
import sys
from eradication.cli import main
sys.exit(main(["--workspace", sys.argv[1], "--json", "imagery", "fetch", "--season", "2025-2026",
               "--imagery", sys.argv[2], "--area", sys.argv[3], "--yes"]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("after_bytes", [50_000, 300_000, 700_000])
def test_T26_a_killed_fetch_goes_on_where_it_was(tmp_path, publish, after_bytes):
    live = publish(products("2025-11-05", "2026-01-14", tiles=(LARGE,), bands=("red", "nir", "scl")))
    total = sum(live.written.file(p, band).stat().st_size for p in live.products for band in ("red", "nir", "scl"))
    settings = dataclasses.replace(workspace.settings_for("Sơn La"), fetch=dataclasses.replace(QUICK, asset_s=120.0))
    with workspace.created(tmp_path / "ws", settings) as opened:
        live.server.fault("*.tif", faults.slow(300_000))
        outline = tmp_path / "area.geojson"
        outline.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": mapping(AREA)}))
        process = subprocess.Popen([sys.executable, "-c", FETCH, str(opened.folder), live.api, str(outline)])
        while live.server.bytes("*.tif") < after_bytes and process.poll() is None:
            time.sleep(0.01)
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        held = sum(mirrors.opened(p.with_suffix("")).held_bytes for p in opened.imagery.rglob("*.held"))
        assert sum(row["items"] for row in imagery_shelf.listing(opened, SEASON)["sources"]) == 0
        live.server.reset()
        answer = get(opened, live)
        assert answer["failed"] == []
        for product in live.products:
            for band in ("red", "nir", "scl"):
                np.testing.assert_array_equal(pixels(answer, product, band), product.counts(band))
        assert live.server.bytes("*.tif") <= total - held


def test_a_torn_journal_counts_what_was_safely_noted(ws, publish):
    live = publish(products("2026-01-14", tiles=(LARGE,), bands=("red", "scl")))
    get(ws, live)
    mirror = mirror_of(ws, live.products[0], "red")
    whole = mirror.journal.read_bytes()
    for cut in (len(whole) - 1, len(whole) - 30, len(whole) // 2, 10, 0):
        mirror.journal.write_bytes(whole[:cut])
        again = mirrors.opened(mirror.path)
        assert set(again.held) <= set(mirror.held)
        assert mirror.journal.stat().st_size <= cut
    live.server.reset()
    answer = get(ws, live)
    np.testing.assert_array_equal(pixels(answer, live.products[0], "red"), live.products[0].counts("red"))


@pytest.mark.slow
def test_a_gap_of_weeks_is_told_and_costs_no_error(ws, live_archive):
    get(ws, live_archive)
    [row] = imagery_shelf.status(ws, SEASON)["sources"]
    assert [round(gap["days"]) for gap in row["gaps"]][:2] == [13, 155]
    assert row["items"] == len(live_archive.products)
    assert row["failed"] == []
    assert not row["late"]  # the season is over


def test_status_names_what_failed(ws, publish):
    live = publish(products("2026-01-14"))
    live.server.fault("*_nir.tif", faults.refuse(404))
    get(ws, live)
    [row] = imagery_shelf.status(ws, SEASON)["sources"]
    assert [(f["asset"], f["reason"]) for f in row["failed"]] == [("nir", "http_404")]


def test_the_season_of_real_servers_runs_through_monitor(ws, live_archive):
    live_archive.server.fault("*/*2025111*scl.tif", faults.refuse(404))
    area = union_all([shape(d["geometry"]) for d in live_archive.documents])
    answer = main_path.monitor(ws, Monitoring(SEASON, live_archive.api, area))
    reasons = {(f["asset"], f["reason"]) for f in answer["scenes"]["failed"]}
    assert ("scl", "http_404") in reasons
    assert answer["scenes"]["used"] == len(live_archive.products) - 3
    assert answer["unobserved_share"] < 1
