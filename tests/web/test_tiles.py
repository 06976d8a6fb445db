"""Tiles: pictures by the id of a layer and nothing else, and plots as far as the caller may see them."""

import io
import json
import math
from collections.abc import Iterator
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.transform import from_origin
from web import world
from web.world import World

from eradication import geo
from eradication.domain.person import Role
from eradication.pipeline import projection
from eradication.pipeline.reception import layers

RUN = "/tiles/run-abc-score/{}/{}/{}.png"


def tile_at(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    n = 2**z
    down = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return z, int((lon + 180) / 360 * n), int(down * n)


@pytest.fixture(scope="module")
def pictured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world whose run has left maps, and with a fine image for review."""
    with world.built(tmp_path_factory.mktemp("world")) as made:
        workspace = made.workspace
        folder = workspace.folder / "outputs" / "runs" / "run1"
        folder.mkdir(parents=True)
        with workspace.store.transaction() as transaction:
            from eradication.domain import EventKind

            told = {"run": "abc", "season": world.SEASON.label, "model": "rules"}
            transaction.append(EventKind.RUN_FINISHED, made.clock.now, told)
        folder.rename(folder.with_name("abc"))
        for name, dtype, values in (
            ("score", "uint16", np.full((1, 64, 64), 5000)),
            ("class", "uint8", np.full((1, 64, 64), 4)),
            ("clear", "uint8", np.full((1, 64, 64), 7)),
        ):
            write(
                folder.with_name("abc") / f"{name}.tif", values.astype(dtype), 10.0, 65535 if name == "score" else None
            )
        workspace.layers.mkdir(exist_ok=True)
        write(workspace.layers / "uav-1.tif", np.full((4, 64, 64), 200, "uint8"), 0.5, None)
        item = {"id": "uav-1", "properties": {"datetime": "2026-02-20T03:00:00Z"}}
        (workspace.layers / "uav-1.json").write_text(json.dumps(item))
        yield made


def write(path: Path, values: np.ndarray, pixel_m: float, nodata: int | None) -> None:
    (x, y) = geo.transform([world.GROUND[world.A]], geo.WGS84, geo.UTM48)[0]
    count, rows, columns = values.shape
    with rasterio.open(path, "w", driver="COG", width=columns, height=rows, count=count, dtype=values.dtype,
                       crs="EPSG:32648", transform=from_origin(x - 32 * pixel_m, y + 32 * pixel_m, pixel_m, pixel_m),
                       nodata=nodata) as out:  # fmt: skip
        out.write(values)


def picture(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))


def test_layers_are_listed_to_whoever_sees_every_plot(pictured: World):
    told = pictured.client("reviewer").get("/api/layers").json()["layers"]
    assert [one["id"] for one in told] == ["review-uav-1", "run-abc-score", "run-abc-class", "run-abc-clear"]
    for login in ("patrol_a", "reviewer_east"):
        assert pictured.client(login).get("/api/layers").json()["layers"] == []


def test_a_tile_shows_the_layer_where_it_lies_and_nothing_elsewhere(pictured: World):
    client, (z, x, y) = pictured.client("reviewer"), tile_at(*world.GROUND[world.A], 15)
    for name in ("run-abc-score", "run-abc-class", "run-abc-clear", "review-uav-1"):
        answer = client.get(f"/tiles/{name}/{z}/{x}/{y}.png")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        shape = picture(answer.content)
        assert shape.shape == (256, 256, 4)
        assert (shape[..., 3] > 0).any(), name
        elsewhere = picture(client.get(f"/tiles/{name}/{z}/{x + 50}/{y}.png").content)
        assert not (elsewhere[..., 3] > 0).any()


def test_t15_no_browser_keeps_a_tile(pictured: World):
    z, x, y = tile_at(*world.GROUND[world.A], 15)
    for address in (f"/tiles/plots/{z}/{x}/{y}.mvt", RUN.format(z, x, y)):
        answer = pictured.client("reviewer").get(address)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")


def test_a_class_has_its_colour(pictured: World):
    z, x, y = tile_at(*world.GROUND[world.A], 17)
    shape = picture(pictured.client("reviewer").get(f"/tiles/run-abc-class/{z}/{x}/{y}.png").content)
    drawn = {tuple(map(int, colour)) for colour in shape.reshape(-1, 4) if colour[3]}
    assert drawn == {layers.CLASS_COLOURS[4]}


@pytest.mark.parametrize(
    "name",
    ["run-abc-holes", "run-xyz-score", "..%2f..%2fstore.gpkg", "review-..%2f..%2fkeys", "/etc/passwd", "uav-1",
     "https:%2f%2f127.0.0.1%2fx.tif", "%2fvsicurl%2fhttp:%2f%2f127.0.0.1%2fx.tif", "run-../abc-score"],
)  # fmt: skip
def test_t2_no_name_leads_to_a_file_that_is_no_layer(pictured: World, name: str):
    answer = pictured.client("reviewer").get(f"/tiles/{name}/9/405/225.png")
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]["kind"] in ("no_such_layer", "unknown_route")


def test_t2_no_parameter_says_which_file_or_formula(pictured: World):
    told = pictured.client("reviewer").get("/api/openapi.json").json()
    paths = {path: method for path, method in told["paths"].items() if path.startswith("/tiles")}
    assert len(paths) == 2
    known = {one["name"] for path in paths.values() for method in path.values() for one in method["parameters"]}
    assert known == {"layer", "z", "x", "y", "season"}
    z, x, y = tile_at(*world.GROUND[world.A], 15)
    client = pictured.client("reviewer")
    plain = client.get(RUN.format(z, x, y)).content
    for asked in ("url=/etc/passwd", "expression=b1*2", "url=http://127.0.0.1:9/x.tif", "bidx=1&rescale=0,1"):
        answer = client.get(f"{RUN.format(z, x, y)}?{asked}")
        assert answer.status_code == 400 or answer.content == plain


def test_t2_t14_a_layer_is_not_for_whoever_sees_less_than_every_plot(pictured: World):
    z, x, y = tile_at(*world.GROUND[world.A], 15)
    assert pictured.client("patrol_a").get(RUN.format(z, x, y)).status_code == 403
    hidden = pictured.client("reviewer_east").get(RUN.format(z, x, y))
    assert (hidden.status_code, hidden.json()["error"]["kind"]) == (404, "no_such_layer")
    assert pictured.client("").get(RUN.format(z, x, y)).status_code == 401


@pytest.mark.parametrize("where", ["23/1/1", "-1/0/0", "3/8/0", "3/0/8", "x/0/0", "3/1.5/0"])
def test_a_tile_beyond_the_world_is_refused(pictured: World, where: str):
    for path in (f"/tiles/run-abc-score/{where}.png", f"/tiles/plots/{where}.mvt"):
        assert pictured.client("reviewer").get(path).status_code in (400, 404)


def drawn(here: World, login: str, z: int, unit: str = world.A) -> dict[str, list[dict]]:
    z, x, y = tile_at(*world.east(unit, 1000.0), z)
    answer = here.client(login).get(f"/tiles/plots/{z}/{x}/{y}.mvt?season={world.SEASON.label}")
    assert answer.status_code == 200
    told = mapbox_vector_tile.decode(answer.content)
    return {name: [one["properties"] for one in layer["features"]] for name, layer in told.items()}


def test_from_afar_plots_are_counts_and_nearby_places(here: World):
    afar = drawn(here, "reviewer", 8)["plots"]
    assert all([*one] == ["count"] for one in afar)
    assert sum(one["count"] for one in afar) == 6
    near = drawn(here, "reviewer", 14)
    assert {one["code"] for one in near["plots"]} >= {"VH-26-CANDIDATEA"}
    assert {one["plot_id"] for one in drawn(here, "reviewer", 15)["outlines"]} <= set(here.plots.values())


def test_t14_tiles_show_what_is_the_callers(here: World):
    other = {here.plots["candidate_B"], here.plots["found_B"]}
    seen = {one["plot_id"] for z in (12, 14, 16) for layer in drawn(here, "patrol_a", z, world.B).values()
            for one in layer}  # fmt: skip
    assert seen
    assert not seen & other
    assert sum(one["count"] for one in drawn(here, "patrol_a", 8)["plots"]) == 4
    assert sum(one["count"] for one in drawn(here, "reviewer_east", 8, world.B)["plots"]) == 3
    assert here.client("analyst", device=["map"]).get("/tiles/plots/1/1/0.mvt").status_code == 200


def states(here: World, login: str, unit: str) -> dict[str, str]:
    return {one["plot_id"]: one["state"] for one in drawn(here, login, 12, unit)["plots"]}


def test_on_simulated_ground_the_map_tells_the_states_of_the_list_to_whoever_practises(here: World):
    listed = here.client("reviewer").get("/api/review?of=any").json()["cases"]
    told = {one["id"]: one["state"] for one in listed}
    shown = states(here, "reviewer", world.A) | states(here, "reviewer", world.B)
    assert {*shown.values()} == {"candidate", "assigned", "detected"}
    assert shown == {plot: told[plot] for plot in shown}
    assert states(here, "patrol_a", world.A)[here.plots["open_A"]] == "expired"
    z, x, y = tile_at(*world.east(world.A, 1000.0), 12)
    program = here.client("analyst", device=["map"]).get(f"/tiles/plots/{z}/{x}/{y}.mvt?season={world.SEASON.label}")
    points = mapbox_vector_tile.decode(program.content)["plots"]["features"]
    assert {one["properties"]["state"] for one in points} == {"expired", "detected"}  # what is on record


def test_on_real_ground_the_map_tells_that_a_season_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with world.built(tmp_path) as fresh:
        monkeypatch.setattr(projection, "is_simulated", lambda *_: False)
        assert states(fresh, "reviewer", world.A)[fresh.plots["open_A"]] == "expired"


def test_the_map_does_not_tell_the_first_judgement_to_whoever_is_to_judge_again(tmp_path: Path):
    with world.built(tmp_path, judged_twice_share=1.0) as fresh:
        fresh.add("other", [Role.REVIEWER])
        plot = fresh.plots["open_A"]
        assert states(fresh, "other", world.A)[plot] == "candidate"
        fresh.client("reviewer").post(f"/api/review/{plot}", json={"act": "dismiss", "reason": "crop", "seen": ""})
        assert states(fresh, "reviewer", world.A)[plot] == "dismissed"
        assert states(fresh, "other", world.A)[plot] == "candidate"


def test_squares_are_no_looks_and_places_are(tmp_path: Path):
    with world.built(tmp_path) as fresh:
        drawn(fresh, "reviewer", 8)
        plot = fresh.plots["candidate_A"]
        views = lambda: fresh.client("auditor").get(f"/api/plots/{plot}/views").json()["views"]  # noqa: E731
        assert views() == []
        drawn(fresh, "reviewer", 14)
        assert [view["how"] for view in views()] == ["map"]


def test_what_was_recorded_since_is_on_the_next_tile(tmp_path: Path):
    with world.built(tmp_path) as fresh:
        state = lambda: {one["plot_id"]: one["state"] for one in drawn(fresh, "reviewer", 14)["plots"]}  # noqa: E731
        plot = fresh.plots["open_A"]
        assert state()[plot] == "candidate"
        fresh.client("reviewer").post(f"/api/review/{plot}", json={"act": "dismiss", "reason": "crop", "seen": ""})
        assert state()[plot] == "dismissed"


def test_t19_a_token_for_a_desktop_map_is_good_for_hours_and_for_maps(tmp_path: Path):
    import datetime

    from eradication.errors import Denied
    from eradication.pipeline.reception import devices

    with world.built(tmp_path) as fresh:
        with pytest.raises(Denied, match="by the person alone"):
            devices.issue(fresh.place, "analyst", "QGIS", ["map"])
        client = fresh.client("analyst", device=["map"])
        assert client.get("/ogc/collections/plots/items").status_code == 200
        for path in ("/api/plots", "/api/review", "/api/users", "/plots"):
            assert client.get(path).status_code in (401, 403)
        fresh.clock.now += datetime.timedelta(hours=13)
        assert client.get("/ogc/collections/plots/items").status_code in (401, 403)
