"""What somebody takes home from the office: the dossier of a plot, and a snapshot that QGIS opens."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from web import world
from web.world import EAST, World

from eradication.domain import EventKind
from eradication.domain.person import Role
from eradication.pipeline.reception import worker

PAGE = {"accept": "text/html"}
REASON = "Giao cho tổ tuần tra xã Mộc Châu"


def links(here: World, login: str) -> list[str]:
    return re.findall(r'href="(/dossiers/[^"]+)"', here.client(login).get("/dossiers", headers=PAGE).text)


def test_a_dossier_is_asked_for_on_the_page_of_a_plot_and_handed_out_on_record(fresh: World):
    plot = fresh.plots["found_A"]
    officer = fresh.client("officer")
    assert f'action="/plots/{plot}/dossier"' in officer.get(f"/plots/{plot}", headers=PAGE).text
    assert officer.post(f"/plots/{plot}/dossier").status_code == 303
    assert links(fresh, "officer") == []
    worker.empty(fresh.place)
    (link,) = links(fresh, "officer")
    answer = officer.get(link)
    assert (answer.status_code, answer.content[:4]) == (200, b"%PDF")
    (written,) = fresh.workspace.store.events(kinds=[EventKind.DOSSIERS_WRITTEN])
    (handed,) = fresh.workspace.store.events(kinds=[EventKind.EXPORTED])
    assert written.payload["plots"] == [plot]
    assert handed.payload["plot"] == plot
    assert handed.payload["person"] == fresh.people["officer"].person_id


def test_T14_a_dossier_is_found_by_whoever_asked_and_by_nobody_else(fresh: World):
    fresh.client("officer").post(f"/plots/{fresh.plots['found_A']}/dossier")
    worker.empty(fresh.place)
    (link,) = links(fresh, "officer")
    for login in ("analyst", "reviewer", "reviewer_east"):
        assert links(fresh, login) == []
        assert fresh.client(login).get(link).status_code == 404
    for login in ("patrol_a", "auditor", "administrator"):
        assert fresh.client(login).get(link).status_code == 403
    for path in (f"{link}x", link.rpartition("/")[0] + "/store.gpkg", link.replace("dossier-", "..%2fdossier-")):
        assert fresh.client("officer").get(path).status_code == 404


def test_T14_whose_communes_are_named_gets_no_dossier_of_another(fresh: World):
    east = fresh.client("reviewer_east")
    assert east.post(f"/plots/{fresh.plots['found_A']}/dossier").status_code == 404
    assert east.post(f"/plots/{fresh.plots['found_B']}/dossier").status_code == 303
    assert fresh.client("reviewer").post("/plots/nothing/dossier").status_code == 404


def test_T34_nobody_takes_all_dossiers_in_a_day(tmp_path: Path):
    with world.built(tmp_path, exports_a_day=2) as here:
        client = here.client("officer")
        statuses = [
            client.post(f"/plots/{here.plots[name]}/dossier").status_code for name in ("found_A", "found_B") * 2
        ]
        assert statuses == [303, 303, 429, 429]


def snapshot(here: World, login: str, folder: Path) -> Path:
    answer = here.client(login).post("/api/plots/export", json={"format": "gpkg", "reason": REASON})
    assert answer.status_code == 200, answer.text
    path = folder / f"{login}.gpkg"
    path.write_bytes(answer.content)
    return path


def column(path: Path, layer: str, name: str) -> set[object]:
    with closing(sqlite3.connect(path)) as file:
        return {row[0] for row in file.execute(f'SELECT "{name}" FROM "{layer}"')}


@pytest.mark.parametrize(
    ("login", "units", "plots"),
    [
        ("reviewer", {world.A, world.B}, 6),
        ("reviewer_east", {world.B}, 3),
        ("patrol_a", {world.A}, 4),
    ],
)
def test_T24_a_snapshot_holds_plots_visits_and_communes_as_far_as_they_are_the_callers(
    fresh: World, tmp_path: Path, login: str, units: set[str], plots: int
):
    path = snapshot(fresh, login, tmp_path)
    assert column(path, "visits", "unit") == units
    assert len(column(path, "plots", "plot_id")) == plots
    assert column(path, "communes", "code") == {"04048", EAST}
    (mark,) = column(path, "plots", "mark")
    assert column(path, "visits", "mark") == {mark}
    assert str(mark).startswith(fresh.people[login].person_id)
    assert column(path, "visits", "simulated") == {1}
    content = path.read_bytes().decode("utf-8", "replace")
    canaries = [world.canary(unit, what) for unit in (world.A, world.B) for what in ("officer", "note")]
    assert [one for one in canaries if one in content] == []
    assert Role.REVIEWER in fresh.people["reviewer"].roles
