"""T14: a plot where two units were: each sees the plot and what it did itself, and nothing of who else was there."""

import json
from pathlib import Path

from sqlalchemy import select
from web.world import GROUND, NOW, SEASON, VISITS, A, B, World, canary

from eradication.cli import main
from eradication.pipeline import main_path
from eradication.pipeline.reception import looks
from eradication.store.reception import schema


def visited(here: World, folder: Path, *rows: str) -> None:
    file = folder / "more.csv"
    place = ",".join(map(str, GROUND[A]))
    file.write_text(VISITS + "\n".join(row.replace("HERE", place) for row in rows))
    told = main_path.record_visits(here.workspace, file)["visits"]
    assert {row["status"] for row in told} == {"accepted"}, told
    assert {row["plot"] for row in told} == {here.plots["found_A"]}


def shared(here: World, folder: Path) -> str:
    """A destroys its plot, B finds it clean."""
    visited(
        here, folder,
        f"e-{A},HERE,2026-02-03T08:00+07:00,{A},{canary(A, 'officer')};s2,eradicated,,,",
        f"w-{B},HERE,2026-02-20T08:00+07:00,{B},{canary(B, 'officer')};s9,verified,,,{canary(B, 'note')}",
    )  # fmt: skip
    return here.plots["found_A"]


def test_T14_each_unit_sees_its_own_part_of_a_plot_that_both_were_at(fresh: World, tmp_path: Path):
    plot = shared(fresh, tmp_path)
    for login, own, other, mine in (("patrol_a", A, B, {f"v-{A}", f"e-{A}"}), ("patrol_b", B, A, {f"w-{B}"})):
        told = fresh.client(login).get(f"/api/plots/{plot}").json()
        assert {event["visit_id"] for event in told["events"]} == mine
        (season,) = told["seasons"]
        assert (season["state"], season["verified_m2"]) == ("verified", 200)
        said = json.dumps(told) + fresh.client(login).get(f"/plots/{plot}", headers={"Accept": "text/html"}).text
        hidden = [other, canary(other, "officer"), canary(other, "note"), f"v-{other}", f"w-{other}", f"e-{other}"]
        assert [secret for secret in hidden if secret in said] == [], login
        assert own in said
        assert {check["unit"] for check in told["checks"]} <= {own}
    whole = fresh.client("verifier").get(f"/api/plots/{plot}").json()
    assert {event["visit_id"] for event in whole["events"]} == {f"v-{A}", f"e-{A}", f"w-{B}"}
    assert whole["checks"]


def test_T14_visits_at_a_shared_plot_are_each_units_own(fresh: World, tmp_path: Path):
    shared(fresh, tmp_path)
    assert {row["unit"] for row in fresh.client("patrol_a").get("/api/visits").json()["visits"]} == {A}
    assert {row["unit"] for row in fresh.client("patrol_b").get("/api/visits").json()["visits"]} == {B}
    assert len(fresh.client("officer").get("/api/visits").json()["visits"]) == 4


def test_T34_the_list_of_the_day_that_a_telephone_takes_along_is_a_look(fresh: World):
    answer = fresh.client("patrol_a").get("/api/phone/today")
    assert answer.status_code == 200
    taken = {stop["plot_id"] for stop in answer.json()["stops"]} - {""}
    with fresh.place.reception.reading() as connection:
        seen = connection.execute(select(schema.looks.c.plot_id, schema.looks.c.how)).all()
    assert taken
    assert set(seen) == {(plot, "phone") for plot in taken}


def test_T34_the_command_line_tells_who_saw_a_plot(fresh: World, capsys):
    plot = fresh.plots["found_A"]
    fresh.client("reviewer").get(f"/api/plots/{plot}")
    looks.tell_looks(fresh.place)
    folder = str(fresh.workspace.folder)
    capsys.readouterr()
    assert main(["--workspace", folder, "--json", "plots", "show", plot]) == 0
    (view,) = json.loads(capsys.readouterr().out)["views"]
    assert (view["person"], view["plot"], view["how"]) == (fresh.people["reviewer"].person_id, plot, "page")
    assert view["at"].startswith(f"{NOW:%Y-%m-%d}")
    assert main(["--workspace", folder, "--lang", "en", "plots", "show", plot]) == 0
    assert "Seen in the web application: 1 times, by 1 people" in capsys.readouterr().out
    assert SEASON.label in fresh.client("reviewer").get("/api/plots").text
