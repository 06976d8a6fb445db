"""Scenes by disk: nothing changes on the way, nothing is taken on trust, and reading twice changes nothing."""

import dataclasses
import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from archive import faults
from archive.files import WEST, Product, Tile, one_pass
from archive.fixtures import LiveArchive
from imagery_factory import Place
from shapely.geometry import box

from eradication import config, geo
from eradication.archive import mirror as mirrors
from eradication.archive import unpacking
from eradication.domain import Season
from eradication.errors import StorageFailed, UnusableInput
from eradication.ingest import imagery
from eradication.pipeline import fetching, imagery_bundle, workspace
from eradication.pipeline.imagery_bundle import Choice
from eradication.pipeline.sourcing import Request
from eradication.pipeline.workspace import Workspace

SEASON = Season(2025)
AREA = box(103.5, 21.0, 104.3, 21.6)
FEW = ("red", "nir", "scl")
LARGE = Tile("48QUJ", Place(386_400, 2_358_800, 512, 512))
QUICK = config.Fetch(threads=4, tries=2, backoff_s=0.01, stall_s=1.0, asset_s=8.0, reserve_gb=0.0)


def opened(folder: Path) -> Any:
    settings = dataclasses.replace(workspace.settings_for("Sơn La"), fetch=QUICK)
    return workspace.created(folder, settings)


@pytest.fixture
def ws(tmp_path: Path):
    with opened(tmp_path / "ws") as one:
        yield one


@pytest.fixture
def far(tmp_path: Path):
    """A workspace on a computer without a network."""
    with opened(tmp_path / "far") as one:
        yield one


def products(*days: str, tile: Tile = WEST) -> list[Product]:
    return [
        p for day in days for p in one_pass(f"{day}T03:40:11Z", (tile,), dataclasses.replace(Product(""), bands=FEW))
    ]


def fetch(ws: Workspace, live: LiveArchive, area: Any = AREA) -> dict[str, Any]:
    return fetching.fetch(ws, Request(live.api, SEASON, area))


def carry(ws: Workspace, far: Workspace, out: Path, area: Any = None) -> dict[str, Any]:
    imagery_bundle.write(ws, out, Choice(SEASON, area))
    [row] = imagery_bundle.take(far, [out], str)["bundles"]
    return row


def contents(ws: Workspace) -> dict[str, bytes]:
    """Every file of the cache but lock and rate, by path."""
    names = (p for p in ws.imagery.rglob("*") if p.is_file() and p.name not in (".lock", "rate.json"))
    return {str(p.relative_to(ws.imagery)): p.read_bytes() for p in names if "catalogs" not in p.parts}


def test_what_comes_out_is_what_went_in_and_a_run_reads_it_the_same(ws, far, publish, tmp_path):
    live = publish(products("2025-11-05", "2026-01-14"))
    live.server.fault("*20260114*_nir.tif", faults.refuse(404))
    answer = fetch(ws, live)
    row = carry(ws, far, tmp_path / "season.tar")
    assert (row["status"], row["scenes"], row["conflicts"]) == ("accepted", 2, [])
    [catalog] = row["catalogs"]
    here = imagery.find(answer["catalog"], SEASON, settings=ws.settings)
    there = imagery.find(catalog, SEASON, settings=far.settings)
    assert [scene.facts for scene in there.scenes] == [scene.facts for scene in here.scenes]
    assert [(f.id, f.asset, f.reason) for f in there.failed] == [(f.id, f.asset, f.reason) for f in here.failed]
    assert [f.reason for f in there.failed] == ["http_404"]
    for product in live.products:
        [path] = far.imagery.glob(f"*/items/{product.id}/red.tif")
        with rasterio.open(path) as source:
            np.testing.assert_array_equal(source.read(1), product.counts("red"))
        assert mirrors.opened(path).damaged() == []


def test_only_fetched_ranges_travel_and_only_those_of_the_area(ws, far, publish, tmp_path):
    live = publish(products("2026-01-14", tile=LARGE))
    fetch(ws, live)
    place = LARGE.place
    corner = box(place.east, place.north - 1000, place.east + 1000, place.north)
    whole = imagery_bundle.write(ws, tmp_path / "whole.tar", Choice(SEASON))
    row = carry(ws, far, tmp_path / "part.tar", geo.project(corner, place.epsg, geo.WGS84))
    assert row["status"] == "accepted"
    assert (tmp_path / "part.tar").stat().st_size < 0.5 * (tmp_path / "whole.tar").stat().st_size
    assert whole["files"] == 3
    [path] = far.imagery.glob("*/items/*/red.tif")
    with rasterio.open(path) as source:
        seen = source.read(1)
    np.testing.assert_array_equal(seen[:100, :100], live.products[0].counts("red")[:100, :100])
    assert not seen[256:, 256:].any()
    # The rest comes with the larger bundle, into the same files.
    [more] = imagery_bundle.take(far, [tmp_path / "whole.tar"], str)["bundles"]
    assert more["added_mb"] > 0
    with rasterio.open(path) as source:
        np.testing.assert_array_equal(source.read(1), live.products[0].counts("red"))


def test_a_bundle_read_twice_changes_nothing(ws, far, publish, tmp_path):
    fetch(ws, publish(products("2025-11-05", "2026-01-14")))
    carry(ws, far, tmp_path / "season.tar")
    before = contents(far)
    [row] = imagery_bundle.take(far, [tmp_path / "season.tar"], str)["bundles"]
    assert (row["status"], row["added_mb"]) == ("accepted", 0.0)
    assert contents(far) == before


def test_bundles_of_several_weeks_add_up_in_any_order(ws, far, publish, tmp_path):
    live = publish(products("2025-11-05", "2026-01-14", "2026-02-13"))
    outs = []
    for number, (begin, end) in enumerate((("2025-11-01", "2025-12-01"), ("2026-01-01", "2026-02-01"))):
        with opened(tmp_path / f"part-{number}") as part:
            fetch(part, live)
            for folder in part.imagery.glob("*/items/*"):
                day = f"{folder.name[10:14]}-{folder.name[14:16]}-{folder.name[16:18]}"
                if not begin <= day < end:
                    shutil.rmtree(folder)
            outs.append(tmp_path / f"{number}.tar")
            imagery_bundle.write(part, outs[-1], Choice(SEASON))
    rows = imagery_bundle.take(far, outs[::-1], str)["bundles"]
    assert [row["scenes"] for row in rows] == [1, 1]
    assert len(imagery.find(rows[-1]["catalogs"][0], SEASON, settings=far.settings).scenes) == 2


def test_a_cut_bundle_is_refused_leaves_nothing_to_be_seen_and_the_whole_one_goes_on(ws, far, publish, tmp_path):
    fetch(ws, publish(products("2025-11-05", "2026-01-14")))
    whole = tmp_path / "season.tar"
    imagery_bundle.write(ws, whole, Choice(SEASON))
    size = whole.stat().st_size
    for keep in (0, 100, 600, size // 3, size // 2, size - 11_000):
        cut = tmp_path / "cut.tar"
        cut.write_bytes(whole.read_bytes()[:keep])
        [row] = imagery_bundle.take(far, [cut], str)["bundles"]
        assert row["status"] == "refused"
        assert row["reason"] in ("truncated_bundle", "not_a_bundle", "hostile_bundle")
        assert list(far.imagery.glob("*/items/*/scene.json")) == []
    [row] = imagery_bundle.take(far, [whole], str)["bundles"]
    assert (row["status"], row["scenes"]) == ("accepted", 2)


def test_every_flipped_byte_is_found(ws, far, publish, tmp_path):
    fetch(ws, publish(products("2026-01-14")))
    whole = tmp_path / "season.tar"
    imagery_bundle.write(ws, whole, Choice(SEASON))
    with tarfile.open(whole) as tar:
        places = [(m.name, m.offset_data, m.size) for m in tar if m.size]
    content = bytearray(whole.read_bytes())
    for _, start, length in places:
        for at in (start, start + length // 2, start + length - 1):
            content[at] ^= 1
            (tmp_path / "bad.tar").write_bytes(content)
            content[at] ^= 1
            [row] = imagery_bundle.take(far, [tmp_path / "bad.tar"], str)["bundles"]
            assert (row["status"], row["reason"]) == ("refused", "damaged_bundle")
            assert list(far.imagery.glob("*/items/*/scene.json")) == []
            for path in far.imagery.glob("*/items/*/*.tif"):
                assert mirrors.opened(path).damaged() == []
            shutil.rmtree(far.imagery)


def test_bytes_that_rotted_on_the_first_disk_do_not_travel(ws, far, publish, tmp_path):
    fetch(ws, publish(products("2026-01-14")))
    [path] = ws.imagery.glob("*/items/*/nir.tif")
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.write_bytes(content)
    answer = imagery_bundle.write(ws, tmp_path / "season.tar", Choice(SEASON))
    assert [row["asset"] for row in answer["damaged"]] == ["nir"]
    [row] = imagery_bundle.take(far, [tmp_path / "season.tar"], str)["bundles"]
    found = imagery.find(row["catalogs"][0], SEASON, settings=far.settings)
    assert [(f.asset, f.reason) for f in found.failed] == [("nir", "truncated")]


def test_what_is_here_in_another_state_stays(ws, far, publish, tmp_path):
    like = products("2026-01-14")
    fetch(ws, publish(like))
    other = [dataclasses.replace(p, shifted=True) for p in like]
    there = publish(other)
    with_same_name = fetch(far, there)
    # Both came from an archive of the same name, as two downloads of one archive do.
    [mine], [theirs] = list(ws.imagery.glob("127*")), list(far.imagery.glob("127*"))
    theirs.rename(theirs.with_name(mine.name))
    row = carry(ws, far, tmp_path / "season.tar")
    assert {c["asset"] for c in row["conflicts"]} >= {"red", "nir"}
    [path] = far.imagery.glob("*/items/*/red.tif")
    with rasterio.open(path) as source:
        np.testing.assert_array_equal(source.read(1), other[0].counts("red"))
    assert with_same_name["failed"] == []


def changed(whole: Path, out: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Write a bundle again with another manifest and the hash that goes with it: only its words can be wrong."""
    with tarfile.open(whole) as source, tarfile.open(out, "w") as target:
        for member in source:
            content = source.extractfile(member).read()  # type: ignore[union-attr]
            if member.name == "manifest.json":
                document = json.loads(content)
                change(document)
                content = manifest = json.dumps(document).encode()
            elif member.name == "manifest.sha256":
                content = hashlib.sha256(manifest).hexdigest().encode()
            info = tarfile.TarInfo(member.name)
            info.size = len(content)
            target.addfile(info, io.BytesIO(content))
    return out


def part(document: dict[str, Any]) -> dict[str, Any]:
    return document["sources"][0]["scenes"][0]["files"]["red"]


HOSTILE: dict[str, Callable[[dict[str, Any]], None]] = {
    "source above": lambda d: d["sources"][0].update(name="../../evil"),
    "absolute source": lambda d: d["sources"][0].update(name="/tmp/evil"),
    "hidden source": lambda d: d["sources"][0].update(name=".ssh"),
    "file above": lambda d: part(d).update(file="../../evil.tif"),
    "file is a journal": lambda d: part(d).update(file="red.tif.held"),
    "file is the scene": lambda d: part(d).update(file="scene.json"),
    "two files of one name": lambda d: part(d).update(file="nir.tif"),
    "huge file": lambda d: part(d).update(size=10**15),
    "negative size": lambda d: part(d).update(size=-1),
    "range outside": lambda d: part(d)["ranges"].append([10**9, 10**9 + 5, "0" * 64]),
    "range backwards": lambda d: part(d).update(ranges=[[50, 40, "0" * 64]]),
    "ranges overlap": lambda d: part(d).update(ranges=part(d)["ranges"] * 2),
    "huge range": lambda d: part(d).update(ranges=[[0, part(d)["size"] + 1, "0" * 64]]),
    "no such member": lambda d: part(d).update(member="data/999999"),
    "no item": lambda d: d["sources"][0]["scenes"][0].update(item=None),
    "no files": lambda d: d["sources"][0]["scenes"][0].update(files=[]),
    "other format": lambda d: d.update(format="something"),
    "later version": lambda d: d.update(version=99),
    "no sources": lambda d: d.pop("sources"),
    "numbers as text": lambda d: part(d).update(size="many"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_T6_a_hostile_bundle_writes_nothing_anywhere(ws, far, publish, tmp_path, name):
    fetch(ws, publish(products("2026-01-14")))
    imagery_bundle.write(ws, tmp_path / "season.tar", Choice(SEASON))
    bad = changed(tmp_path / "season.tar", tmp_path / "bad.tar", HOSTILE[name])
    before = sorted(p for p in tmp_path.rglob("*") if "far/imagery" not in str(p))
    [row] = imagery_bundle.take(far, [bad], str)["bundles"]
    assert row["status"] == "refused"
    assert row["reason"] in ("hostile_bundle", "not_a_bundle")
    assert row["hint"]
    assert sorted(p for p in tmp_path.rglob("*") if "far/imagery" not in str(p)) == before
    assert list(far.imagery.glob("*/items/*")) == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_T6_links_and_devices_in_a_bundle_are_refused(far, tmp_path, kind):
    out = tmp_path / "bad.tar"
    with tarfile.open(out, "w") as tar:
        info = tarfile.TarInfo("data/000001")
        info.type, info.linkname = kind, "/etc/passwd"
        tar.addfile(info)
    [row] = imagery_bundle.take(far, [out], str)["bundles"]
    assert (row["status"], row["reason"]) == ("refused", "hostile_bundle")


def test_T6_a_list_larger_than_allowed_is_not_read(far, tmp_path, monkeypatch):
    out = tmp_path / "bad.tar"
    with tarfile.open(out, "w") as tar:
        info = tarfile.TarInfo("manifest.json")
        info.size = 3_000_000
        tar.addfile(info, io.BytesIO(b" " * info.size))
    small = dataclasses.replace(QUICK, max_document_mb=2)
    settings = dataclasses.replace(far.settings, fetch=small)
    [row] = imagery_bundle.take(dataclasses.replace(far, settings=settings), [out], str)["bundles"]
    assert (row["status"], row["reason"]) == ("refused", "hostile_bundle")


def test_a_bad_bundle_does_not_stop_a_good_one(ws, far, publish, tmp_path):
    fetch(ws, publish(products("2026-01-14")))
    imagery_bundle.write(ws, tmp_path / "good.tar", Choice(SEASON))
    (tmp_path / "bad.tar").write_bytes(b"no bundle at all" * 100)
    rows = imagery_bundle.take(far, [tmp_path / "bad.tar", tmp_path / "good.tar"], str)["bundles"]
    assert [row["status"] for row in rows] == ["refused", "accepted"]


def test_a_bundle_that_does_not_fit_is_refused_before_anything_is_written(ws, far, publish, tmp_path):
    fetch(ws, publish(products("2026-01-14")))
    imagery_bundle.write(ws, tmp_path / "season.tar", Choice(SEASON))
    settings = dataclasses.replace(far.settings, fetch=dataclasses.replace(QUICK, reserve_gb=1e9))
    with pytest.raises(StorageFailed):
        imagery_bundle.take(dataclasses.replace(far, settings=settings), [tmp_path / "season.tar"], str)
    assert list(far.imagery.glob("*/items/*")) == []


def test_an_interrupted_reading_goes_on_where_it_was(ws, far, publish, tmp_path, monkeypatch):
    fetch(ws, publish(products("2025-11-05", "2026-01-14")))
    imagery_bundle.write(ws, tmp_path / "season.tar", Choice(SEASON))
    full = imagery_bundle.take(far, [tmp_path / "season.tar"], str)["bundles"][0]["added_mb"]
    shutil.rmtree(far.imagery)
    filled = unpacking._fill
    calls: list[object] = []

    def ending(*arguments: Any) -> None:
        if len(calls) == 3:
            raise KeyboardInterrupt
        calls.append(arguments)
        filled(*arguments)

    monkeypatch.setattr(unpacking, "_fill", ending)
    with pytest.raises(KeyboardInterrupt):
        imagery_bundle.take(far, [tmp_path / "season.tar"], str)
    assert list(far.imagery.glob("*/items/*/scene.json")) == []
    monkeypatch.setattr(unpacking, "_fill", filled)
    [row] = imagery_bundle.take(far, [tmp_path / "season.tar"], str)["bundles"]
    assert 0 < row["added_mb"] < full
    assert row["scenes"] == 2


def test_an_own_profile_travels_with_its_scenes_but_is_never_asked_by(ws, far, publish, tmp_path):
    live = publish(products("2026-01-14"))
    ws.sources.mkdir()
    (ws.sources / "own.toml").write_text(
        'name = "own"\nlicence = "l"\nattribution = "a"\n'
        f'api = "{live.api}"\ncollection = "sentinel-2-l2a"\n[title]\nvi = "v"\nen = "e"\n'
        '[recognise]\nhosts = ["127.0.0.1"]\n[bands]\nred = "red"\nnir = "nir"\nscl = "scl"\n'
        '[reflectance]\noffset_from = ["profile"]\noffset = 0.0\n'
    )
    fetching.fetch(ws, Request("own", SEASON, AREA))
    row = carry(ws, far, tmp_path / "season.tar")
    assert not far.sources.exists()
    found = imagery.find(row["catalogs"][0], SEASON, settings=far.settings)
    assert {scene.facts["rule"] for scene in found.scenes} == {"profile"}


def test_there_must_be_something_to_carry_and_a_place_for_it(ws, publish, tmp_path):
    with pytest.raises(UnusableInput) as error:
        imagery_bundle.write(ws, tmp_path / "season.tar", Choice(SEASON))
    assert error.value.kind == "no_imagery"
    fetch(ws, publish(products("2026-01-14")))
    with pytest.raises(UnusableInput) as error:
        imagery_bundle.write(ws, ws.folder / "eradication.toml", Choice(SEASON))
    assert error.value.kind == "protected_path"
