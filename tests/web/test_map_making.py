"""The unit's map is made by a job while the telephone waits; who takes it along has looked at its places (T34)."""

from datetime import timedelta

import pytest
from web.world import SEASON, World

from eradication.pipeline import deciding
from eradication.pipeline.reception import jobs, looks, map_pack, worker
from eradication.pipeline.reception.map_making import KIND

ABOUT, VECTOR = "/api/phone/map.json", "/api/phone/map/vector.pmtiles"


@pytest.fixture
def here(fresh: World) -> World:
    return fresh


def seen(here: World) -> list[tuple[str, str, str]]:
    """Person, plot and version of the looks at maps."""
    views = looks.of_plot(here.place, list(here.plots.values()))
    return [(view["person"], view["plot"], view["how"]) for view in views if view["how"].startswith("pack ")]


def made(here: World) -> None:
    (job,) = [one for one in worker.empty(here.place) if one["kind"] == KIND]
    assert job["state"] == "done", job


def test_a_map_that_is_not_there_is_asked_for_once_and_is_there_when_the_job_is_done(here: World):
    client = here.client("patrol_a")
    for path in (ABOUT, VECTOR, ABOUT):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (202, "2")
        assert answer.json()["making"]["state"] == "queued"
    assert len(jobs.listed(here.place)["jobs"]) == 1
    made(here)
    about = client.get(ABOUT)
    assert (about.status_code, "vector" in about.json()["files"]) == (200, True)
    assert client.get(VECTOR).content[:7] == b"PMTiles"


def test_a_map_that_was_put_away_is_made_again(here: World):
    client = here.client("patrol_a")
    client.get(ABOUT)
    made(here)
    for path in map_pack.ready(here.workspace, "BP01", here.clock.now).folder.iterdir():
        path.unlink()
    assert [client.get(ABOUT).status_code for _ in range(2)] == [202, 202]
    made(here)
    assert client.get(ABOUT).status_code == 200


def test_why_a_map_is_not_made_is_told_and_it_is_tried_anew(here: World):
    client = here.client("patrol_a")
    client.get(ABOUT)
    (job,) = jobs.listed(here.place)["jobs"]
    jobs.cancel(here.place, job["job_id"])
    assert client.get(ABOUT).json()["making"]["state"] == "queued"
    blocked = here.workspace.folder / "outputs" / "phone"
    blocked.parent.mkdir(exist_ok=True)
    blocked.write_text("in the way")
    worker.empty(here.place)
    answer = client.get(ABOUT)
    told = answer.json()
    assert (told["making"]["error"] if answer.status_code == 202 else told["error"])["message"]
    blocked.unlink()
    here.clock.now += timedelta(hours=1)
    assert client.get(ABOUT).status_code == 202
    assert jobs.listed(here.place)["counts"]["queued"] == 1


def test_t34_a_map_that_is_taken_along_is_a_look_at_its_places_once_a_day(here: World):
    client, who = here.client("patrol_a"), here.people["patrol_a"].person_id
    client.get(ABOUT)
    made(here)
    key = client.get(ABOUT).json()["key"]
    assert seen(here) == [], "so far nothing of it was sent"
    etag = client.get(VECTOR).headers["etag"]
    first = seen(here)
    assert {one[::2] for one in first} == {(who, f"pack {key}")}
    shown = {one[1] for one in first}
    assert here.plots["candidate_A"] in shown
    assert not shown & {here.plots["candidate_B"], here.plots["found_B"]}
    for headers in ({}, {"Range": "bytes=0-99"}, {"If-None-Match": etag}):
        assert client.get(VECTOR, headers=headers).status_code in (200, 206, 304)
    assert seen(here) == first
    here.clock.now += timedelta(days=1)
    here.tokens.clear()
    client = here.client("patrol_a")
    assert client.get(VECTOR, headers={"If-None-Match": etag}).status_code == 304
    assert seen(here) == first, "what is on the telephone already was not looked at anew"
    assert client.get(VECTOR).status_code == 200
    assert len(seen(here)) == 2 * len(first)
    looks.tell_looks(here.place)
    assert len(seen(here)) == 2 * len(first), "told in events, and each once"


def test_t34_another_version_of_the_map_is_another_look(here: World):
    client = here.client("patrol_a")
    for _ in range(2):
        client.get(ABOUT)
        made(here)
        assert client.get(VECTOR).status_code == 200
        decision = deciding.Decision(SEASON, "QL2", here.clock.now)
        deciding.assign(here.workspace, [here.plots["open_A"]], "BP01", decision)
    assert len({how for _, _, how in seen(here)}) == 2
