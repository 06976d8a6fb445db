"""Fine images in the office: handed in, outlined by one reviewer, looked at by another who is shown nothing of it."""

import io
import re
import shutil
from pathlib import Path

import pytest
import rasterio
from shapely.geometry import box, mapping
from starlette.testclient import TestClient
from web import world
from web.fine import draw, drawing, hand_in, mosaic, outline
from web.world import World

from eradication.domain import EventKind
from eradication.domain.person import Role
from eradication.pipeline.reception import worker

PAGE = {"accept": "text/html"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of layers of a world in which an image was handed in; each test gets a copy."""
    with world.built(tmp_path_factory.mktemp("kept")) as here:
        client = here.client("reviewer")
        assert hand_in(client, mosaic()) == 303
        worker.empty(here.place)
        assert [job["state"] for job in client.get("/api/jobs").json()["jobs"]] == ["done"]
        assert list((here.workspace.folder / "reception" / "jobs").iterdir()) == []
        return here.workspace.layers


@pytest.fixture
def readers(fresh: World, kept: Path) -> tuple[World, TestClient, TestClient, str]:
    """A world with an image, two reviewers of two units, and the image's id."""
    fresh.add("first", [Role.REVIEWER], world.A)
    fresh.add("second", [Role.REVIEWER], world.B)
    shutil.copytree(kept, fresh.workspace.layers, dirs_exist_ok=True)
    (described,) = fresh.workspace.layers.glob("*.json")
    return fresh, fresh.client("first"), fresh.client("second"), described.stem


def test_T1_an_image_becomes_an_optimised_layer_made_in_the_sandbox(readers):
    here, first, _, layer = readers
    with rasterio.open(here.workspace.layers / f"{layer}.tif") as kept:
        assert kept.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert kept.read().min() == kept.read().max() == 120
    listed = first.get("/images", headers=PAGE).text
    assert f'href="/images/{layer}"' in listed
    assert "20/02/2026" in listed
    assert "5.0 cm" in listed
    tiles = [one["id"] for one in first.get("/api/layers").json()["layers"]]
    assert f"review-{layer}" in tiles


def test_two_reviewers_make_a_detection_and_the_second_is_shown_nothing_of_the_first(readers):
    here, first, second, layer = readers
    status, told = draw(first, f"/images/{layer}", drawing(outline(20, 20)))
    assert status == 200, told
    name = re.search(r"R-[0-9a-f]{12}", told)[0]
    assert f'href="/readings/{name}"' not in first.get("/images", headers=PAGE).text
    assert first.get(f"/readings/{name}").status_code == 409
    assert f'href="/readings/{name}"' in second.get("/images", headers=PAGE).text
    page = second.get(f"/readings/{name}", headers=PAGE).text
    corner = f"{outline(20, 20)['coordinates'][0][0][0]:.5f}"
    assert corner in told, "whoever drew sees his own outline"
    assert corner not in page
    assert corner not in second.get(f"/images/{layer}", headers=PAGE).text
    assert "opium_poppy&#34;" not in page
    status, told = draw(second, f"/readings/{name}", "", verdict="opium_poppy")
    assert (status, "Both readers agree." in told) == (200, True)
    reads = here.workspace.store.events(kinds=[EventKind.IMAGE_READ])
    assert [(one.payload["blind"], one.payload["unit"]) for one in reads] == [(False, world.A), (True, world.B)]
    assert {one.payload["reviewer"] for one in reads} == {here.people[login].person_id for login in ("first", "second")}
    assert second.get(f"/readings/{name}").status_code == 409


def test_readers_who_disagree_are_told_and_the_place_stays_to_be_checked(readers):
    _, first, second, layer = readers
    name = re.search(r"R-[0-9a-f]{12}", draw(first, f"/images/{layer}", drawing(outline(5, 5)))[1])[0]
    status, told = draw(second, f"/readings/{name}", drawing(outline(5, 5)), verdict="not")
    assert (status, "do not agree" in told) == (200, True)


def test_whoever_looks_again_and_draws_beside_the_image_is_told_so_on_the_same_page(readers):
    here, first, second, layer = readers
    name = re.search(r"R-[0-9a-f]{12}", draw(first, f"/images/{layer}", drawing(outline(5, 5)))[1])[0]
    status, told = draw(second, f"/readings/{name}", drawing(outline(500, 500)), verdict="opium_poppy")
    assert (status, "The outline does not lie on the layer." in told, 'id="record"' in told) == (422, True, True)
    assert len(here.workspace.store.events(kinds=[EventKind.IMAGE_READ])) == 1


def test_a_bad_outline_is_refused_with_its_reason_and_the_others_go_on(readers):
    here, first, _, layer = readers
    far = dict(mapping(box(100.0, 20.0, 100.001, 20.001)))
    status, told = draw(first, f"/images/{layer}", drawing(outline(3, 3), far))
    assert status == 200
    assert "The outline does not lie on the layer." in told
    assert len(here.workspace.store.events(kinds=[EventKind.IMAGE_READ])) == 1
    assert ">1<" in re.sub(r"\s", "", first.get("/images", headers=PAGE).text), "one outlined by the caller"


def test_a_file_of_polygons_is_taken_instead_of_a_drawing(readers):
    here, first, _, layer = readers
    content = drawing(outline(8, 8), outline(20, 8), verdict="not").encode()
    files = {"file": ("drawn.geojson", io.BytesIO(content))}
    assert first.post(f"/images/{layer}", files=files, data={"drawing": ""}).status_code == 200
    reads = here.workspace.store.events(kinds=[EventKind.IMAGE_READ])
    assert [one.payload["verdict"] for one in reads] == ["not", "not"]


@pytest.mark.parametrize(
    ("drawn", "kind"),
    [("", "nothing_drawn"), ("{", "bad_drawing"), ('{"features": 3}', "bad_drawing"), ("[]", "bad_drawing")],
)
def test_what_is_no_drawing_is_refused(readers, drawn: str, kind: str):
    _, first, _, layer = readers
    answer = first.post(f"/images/{layer}", data={"drawing": drawn}, files={"file": ("", b"")})
    assert (answer.status_code, answer.json()["error"]["kind"]) == (400, kind)


def test_whoever_is_of_no_unit_draws_nothing_and_is_told_why(readers):
    here, _, _, layer = readers
    answer = here.client("reviewer").post(
        f"/images/{layer}", data={"drawing": drawing(outline(3, 3))}, files={"file": ("", b"")}
    )
    assert (answer.status_code, answer.json()["error"]["kind"]) == (400, "no_unit")
    assert here.workspace.store.events(kinds=[EventKind.IMAGE_READ]) == []


def test_T14_whose_communes_are_named_sees_no_image(readers):
    here, first, _, layer = readers
    name = re.search(r"R-[0-9a-f]{12}", draw(first, f"/images/{layer}", drawing(outline(5, 5)))[1])[0]
    east = here.client("reviewer_east")
    assert layer not in east.get("/images", headers=PAGE).text
    for address in (f"/images/{layer}", f"/readings/{name}"):
        assert east.get(address).status_code == 404, address
        assert draw(east, address, drawing(outline(9, 9)), verdict="not")[0] == 404, address


def failed(here: World) -> str:
    worker.empty(here.place)
    (job,) = here.client("reviewer").get("/api/jobs").json()["jobs"]
    return job["error"]["kind"] if job["state"] == "failed" else job["state"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "name", "day", "kind"),
    [
        (b"II*\0" + b"\0" * 60, "2026-02-20.tif", "", "unreadable"),
        (b'<VRTDataset rasterXSize="1" rasterYSize="1"/>', "2026-02-20.tif", "", "unreadable"),
        (mosaic(0.5), "no-day.tif", "", "no_date"),
        (mosaic(0.5), "no-day.tif", "2026-02-20", "done"),
    ],
)
def test_T1_an_image_that_cannot_be_kept_fails_with_its_reason(
    fresh: World, content: bytes, name: str, day: str, kind: str
):
    assert hand_in(fresh.client("reviewer"), content, name, day) == 303
    assert failed(fresh) == kind
    assert len([*fresh.workspace.layers.glob("*")]) == (2 if kind == "done" else 0)


@pytest.mark.parametrize(
    ("name", "day", "kind"), [("drawn.png", "", "no_image"), ("2026.tif", "yesterday", "bad_job"), ("", "", "bad_form")]
)
def test_what_is_no_image_is_refused_at_once(fresh: World, name: str, day: str, kind: str):
    client = fresh.client("analyst")
    answer = client.post("/images", files={"file": (name, b"II*\0")}, data={"day": day})
    assert (answer.status_code, answer.json()["error"]["kind"]) == (400, kind)
    assert client.get("/api/jobs").json()["jobs"] == []


def test_a_form_without_an_image_is_refused(fresh: World):
    answer = fresh.client("analyst").post("/images", data={"day": "2026-02-20"}, files={"other": ("x.tif", b"II*")})
    assert (answer.status_code, answer.json()["error"]["kind"]) == (400, "no_files")


@pytest.mark.slow
def test_another_image_never_takes_the_place_of_one_that_may_have_been_read(readers):
    here, first, _, layer = readers
    before = (here.workspace.layers / f"{layer}.tif").read_bytes()
    for content in (mosaic(grey=90), mosaic()):
        assert hand_in(first, content) == 303
    worker.empty(here.place)
    told = [(job["state"], (job["error"] or {}).get("kind")) for job in first.get("/api/jobs").json()["jobs"]]
    assert sorted(told, key=str) == [("done", None), ("failed", "name_taken")]
    assert (here.workspace.layers / f"{layer}.tif").read_bytes() == before
