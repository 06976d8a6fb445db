"""Reading of fine images and the checks of eradications, as typed."""

import json

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from eradication import geo

EAST, NORTH = 484_800.0, 2_299_300.0


@pytest.fixture
def drawn(tmp_path):
    """A mosaic of 60 m with pixels of 10 cm, and a polygon on it."""
    place = {"crs": "EPSG:32648", "transform": Affine(0.1, 0, EAST, 0, -0.1, NORTH)}
    for name in ("uav", "after"):
        with rasterio.open(
            tmp_path / f"{name}.tif", "w", width=600, height=600, count=1, dtype="uint8", **place
        ) as file:
            file.write(np.full((1, 600, 600), 90, np.uint8))
    ways = geo.UTM48, geo.WGS84
    outline = geo.project(shapely.box(EAST + 10, NORTH - 30, EAST + 30, NORTH - 15), *ways)
    feature = {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(outline))}
    (tmp_path / "drawn.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    smaller = shapely.to_geojson(geo.project(shapely.box(EAST + 10, NORTH - 30, EAST + 30, NORTH - 20), *ways))
    feature["geometry"] = json.loads(smaller)
    (tmp_path / "smaller.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return tmp_path


def test_from_the_mosaic_to_the_verification(cli, workspace, drawn):
    def run(*words, code=0):
        ended = cli("--workspace", workspace, "--lang", "en", *words)
        assert ended.code == code, ended.err
        return ended

    for name, day in (("uav", "2026-02-20"), ("after", "2026-03-20")):
        run("imagery", "review", drawn / f"{name}.tif", "--date", day)
    one, two = (("--reviewer", f"gs-0{n}", "--unit", f"UAV{n}") for n in (1, 2))
    assert "accepted" in run("readings", "propose", "uav", drawn / "drawn.geojson", *one).out
    waiting = run("--json", "readings", "list", "--reviewer", "gs-02").json["readings"]
    assert [row["layer"] for row in waiting] == ["uav"]
    name = waiting[0]["id"]
    assert name in run("readings", "list", "--reviewer", "gs-02").out
    assert name not in run("readings", "list", "--reviewer", "gs-01").out
    assert "yourself" in run("readings", "confirm", name, *one, "--verdict", "opium_poppy", code=3).err
    reason = ("--reason", "the line was drawn too wide")
    told = run("readings", "correct", name, drawn / "smaller.geojson", *one, *reason).out
    assert "confirm" not in told
    assert f"now stands instead of {name}: opium poppy, 200 m²" in told
    assert "draw" in run("readings", "withdraw", name, *one[:2], *reason).out.lower()
    assert run("--json", "plots", "list").json["plots"] == []
    assert "accepted" in run("readings", "propose", "uav", drawn / "drawn.geojson", *one).out
    said = run("readings", "confirm", name, drawn / "drawn.geojson", *two, "--verdict", "thuốc phiện").out
    assert "Both readers agree." in said
    assert "detected" in said
    [plot] = run("--json", "plots", "list").json["plots"]
    assert (plot["state"], plot["source"], plot["area_method"], plot["score"]) == ("detected", "uav", "uav", None)
    table = drawn / "visits.csv"
    table.write_text(
        "visit_id,plot_id,visited_at,unit,officers,outcome,destroyed_fraction\n"
        f"v1,{plot['code']},2026-02-22T08:00+07:00,BP01,S1,eradicated,1\n"
    )
    run("visits", "import", table)
    checked = run("checks", "--season", "2025-2026", "--failed").out
    assert "two officers are not named" in checked
    assert "Form fields: 0 passed, 1 failed, 0 cannot tell" in checked
    assert "Automatic checks" in run("plots", "show", plot["code"]).out
    cleared = run("readings", "clear", plot["code"], "after", "--reviewer", "gs-03", "--unit", "UAV3").out
    assert "verified" in cleared
    answer = run("--json", "checks", "--season", "2025-2026", "--plot", plot["code"]).json
    assert [row["plot"] for row in answer["eradications"]] == [plot["id"]]
    assert set(answer["summary"]) == {"position", "geometry", "form", "spectral", "photos"}
    run("checks", "--plot", "XX-99-999", code=2)
    assert run("audit", "verify").code == 0
