"""Programs that others made read the server as their own users would: GDAL's ogrinfo, ogr2ogr and its map tiles."""

import json
import math
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from web import live
from web.test_tiles import pictured as pictured
from web.world import GROUND, A, World

from eradication import geo
from eradication.pipeline.reception import devices

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="no ogr2ogr (Debian: apt install gdal-bin)"),
]

XYZ = """<GDAL_WMS>
  <Service name="TMS"><ServerUrl>{url}/tiles/{layer}/${{z}}/${{x}}/${{y}}.png</ServerUrl></Service>
  <DataWindow>
    <UpperLeftX>-20037508.34</UpperLeftX><UpperLeftY>20037508.34</UpperLeftY>
    <LowerRightX>20037508.34</LowerRightX><LowerRightY>-20037508.34</LowerRightY>
    <TileLevel>17</TileLevel><TileCountX>1</TileCountX><TileCountY>1</TileCountY><YOrigin>top</YOrigin>
  </DataWindow>
  <Projection>EPSG:3857</Projection><BlockSizeX>256</BlockSizeX><BlockSizeY>256</BlockSizeY>
  <BandsCount>4</BandsCount><UserPwd>{user}:{secret}</UserPwd><Cache/>
</GDAL_WMS>
"""


@pytest.fixture(scope="module")
def served(pictured: World) -> Iterator[str]:
    with live.served(pictured.app) as server:
        yield server.url


def token(here: World, login: str, scope: str) -> tuple[str, str]:
    """Return the name of a device and its secret."""
    told = devices.issue(here.place, login, "GDAL", [scope], here.people[login].person_id)
    return told["device_id"], told["secret"]


def told(*command: str | Path, **settings: str) -> str:
    """Return what a program says; it keeps nothing and asks no other server."""
    environment = {**os.environ, "GDAL_HTTP_MAX_RETRY": "0", "CPL_CURL_VERBOSE": "NO", **settings}
    done = subprocess.run(
        [str(part) for part in command], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, "ERROR" in done.stderr) == (0, False), done.stderr
    return done.stdout


def ways(here: World, login: str, scope: str) -> Iterator[dict[str, str]]:
    """The two ways to show a token: as a header, and as a name with a password."""
    device, secret = token(here, login, scope)
    yield {"GDAL_HTTP_HEADERS": f"Authorization: Bearer {device}.{secret}"}
    yield {"GDAL_HTTP_AUTH": "BASIC", "GDAL_HTTP_USERPWD": f"{device}:{secret}"}


def test_ogrinfo_lists_what_there_is(pictured: World, served: str):
    for shown in ways(pictured, "reviewer", "map"):
        said = told("ogrinfo", f"OAPIF:{served}/ogc", **shown)
        assert {line.split()[1] for line in said.splitlines() if line[:1].isdigit()} == {"plots", "visits", "communes"}
        said = told("ogrinfo", "-so", "-al", f"OAPIF:{served}/ogc", "plots", **shown)
        assert "Feature Count: 6" in said
        assert "area_m2: Real" in said


def test_ogr2ogr_takes_home_what_the_caller_may_see(pictured: World, served: str, tmp_path: Path):
    wanted = {"reviewer": ("map", 6, 2), "patrol_a": ("read", 4, 1)}
    for login, (scope, plots, visits) in wanted.items():
        for number, shown in enumerate(ways(pictured, login, scope)):
            out = tmp_path / f"{login}-{number}.gpkg"
            told("ogr2ogr", out, f"OAPIF:{served}/ogc", "-oo", "PAGE_SIZE=2", "-nlt", "PROMOTE_TO_MULTI", **shown)
            for layer, count in (("plots", plots), ("visits", visits), ("communes", 2)):
                assert f"Feature Count: {count}\n" in told("ogrinfo", "-so", out, layer), (login, layer)


def test_a_filter_of_ogr2ogr_is_done_by_the_server(pictured: World, served: str, tmp_path: Path):
    (shown, _) = ways(pictured, "reviewer", "map")
    out = tmp_path / "some.geojson"
    lon, lat = GROUND[A]
    box = [str(one) for one in (lon - 0.06, lat - 0.06, lon + 0.06, lat + 0.06)]
    told("ogr2ogr", "-spat", *box, "-where", "state = 'expired'", out, f"OAPIF:{served}/ogc", "plots", **shown)
    features = json.loads(out.read_text())["features"]
    assert features
    assert {one["properties"]["state"] for one in features} == {"expired"}
    told("ogr2ogr", "-where", "state = 'expired'", tmp_path / "all.geojson", f"OAPIF:{served}/ogc", "plots", **shown)
    assert len(json.loads((tmp_path / "all.geojson").read_text())["features"]) > len(features)


def test_without_a_token_nothing_is_read(served: str):
    done = subprocess.run(["ogrinfo", f"OAPIF:{served}/ogc"], capture_output=True, text=True, timeout=120, check=False)
    assert "plots" not in done.stdout
    assert "401" in done.stderr


def test_gdal_reads_the_tiles_of_a_layer_as_one_picture(pictured: World, served: str, tmp_path: Path):
    device, secret = token(pictured, "reviewer", "map")
    source = tmp_path / "tiles.xml"
    source.write_text(XYZ.format(url=served, layer="run-abc-score", user=device, secret=secret))
    ((x, y),) = geo.transform([GROUND[A]], geo.WGS84, 3857)
    side = 600.0
    with rasterio.open(source) as tiles:
        window = rasterio.windows.from_bounds(x - side, y - side, x + side, y + side, tiles.transform)
        alpha = tiles.read(4, window=window)
        pixel_m = tiles.transform.a
    seen = float((alpha > 0).sum()) * (pixel_m * math.cos(math.radians(GROUND[A][1]))) ** 2
    assert np.isclose(seen, 640.0**2, rtol=0.03)  # 64 pixels of 10 m, as it lies on the ground
