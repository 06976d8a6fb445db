"""Reviewers: what waits, what is known of a place, decisions, and the second look that does not know the first."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from web import world
from web.world import EAST, World

from eradication.domain import EventKind
from eradication.domain.person import Role
from eradication.pipeline.review import second

PAGE = {"accept": "text/html"}


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[World]:
    with world.built(tmp_path, judged_twice_share=0.0) as made:
        yield made


@pytest.fixture
def twice(tmp_path: Path) -> Iterator[World]:
    with world.built(tmp_path, judged_twice_share=1.0) as made:
        made.add("other", [Role.REVIEWER])
        made.add("third", [Role.REVIEWER])
        yield made


def waiting(client: TestClient, **asked: object) -> list[str]:
    return [case["id"] for case in client.get("/api/review", params=asked).json()["cases"]]


def seen(client: TestClient, plot: str) -> str:
    return str(client.get(f"/api/review/{plot}").json()["seen"])


def decide(client: TestClient, plot: str, act: str, **said: str) -> tuple[int, dict]:
    told = client.get(f"/api/review/{plot}").json()
    answer = client.post(f"/api/review/{plot}", json={"act": act, "seen": told["seen"], "again": told["again"]} | said)
    return answer.status_code, answer.json()


def kinds(here: World) -> list[str]:
    return [str(event.kind) for event in here.workspace.store.events()]


def test_what_waits_is_what_nobody_decided_of_the_best_first(fresh: World):
    client = fresh.client("reviewer")
    cases = client.get("/api/review").json()["cases"]
    assert {case["code"] for case in cases} == {"VH-26-OPENA", "VH-26-OPENB"}
    assert [case["score"] for case in cases] == sorted((case["score"] for case in cases), reverse=True)
    everything = client.get("/api/review", params={"of": "any"}).json()
    assert everything["total"] == 6
    assert len(waiting(client, of="detected")) == 2


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({"q": "moc chau"}, {"VH-26-OPENB"}),
        ({"q": "MỘC CHÂU"}, {"VH-26-OPENB"}),
        ({"q": "opena"}, {"VH-26-OPENA"}),
        ({"q": "nobody"}, set()),
        ({"commune": EAST}, {"VH-26-OPENB"}),
        ({"klass": "A"}, set()),
        ({"klass": "B"}, {"VH-26-OPENA", "VH-26-OPENB"}),
        ({"source": "patrol"}, set()),
        ({"season": "2019-2020"}, set()),
    ],
)
def test_a_list_is_narrowed_without_capitals_and_diacritics(here: World, asked: dict[str, str], codes: set[str]):
    cases = here.client("reviewer").get("/api/review", params=asked).json()["cases"]
    assert {case["code"] for case in cases} == codes


def test_t14_a_reviewer_of_some_communes_sees_and_decides_there_alone(fresh: World):
    client = fresh.client("reviewer_east")
    assert waiting(client) == [fresh.plots["open_B"]]
    elsewhere = fresh.plots["open_A"]
    nowhere = client.get("/api/review/P-0000000000")
    for path in (f"/api/review/{elsewhere}", f"/review/{elsewhere}/before.svg"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"]["kind"] == nowhere.json()["error"]["kind"] == "no_such_plot"
    before = kinds(fresh)
    answer = client.post(f"/api/review/{elsewhere}", json={"act": "dismiss", "reason": "crop"})
    assert (answer.status_code, kinds(fresh)) == (404, before)


def test_a_page_tells_what_is_known_and_leads_on(fresh: World):
    client, plot = fresh.client("reviewer"), fresh.plots["open_A"]
    text = client.get(f"/review/{plot}?lang=en", headers=PAGE).text
    for told in ("VH-26-OPENA", "it accuses nobody", "nobody knows how often it is right", "Places around",
                 "VH-26-CANDIDATEA", "Fewer than 5 patrols", "proposed as a place to check"):  # fmt: skip
        assert told in text, told
    assert world.canary(world.A, "note") not in text
    listed = client.get("/review?lang=vi", headers=PAGE).text
    assert "Rà soát điểm nghi vấn" in listed
    assert f"/review/{plot}" in listed
    for name in ("before", "after"):
        drawn = client.get(f"/review/{plot}/{name}.svg?lang=vi")
        assert drawn.headers["content-type"] == "image/svg+xml"
        assert "không có ảnh vệ tinh" in drawn.text
    assert client.get(f"/review/{plot}/curve.svg").status_code == 404
    views = fresh.client("auditor").get(f"/api/plots/{plot}/views").json()["views"]
    assert {view["how"] for view in views} >= {"page", "list"}


def test_a_decision_is_recorded_and_the_next_one_shown(fresh: World):
    client, plot = fresh.client("reviewer"), fresh.plots["open_A"]
    said = {"act": "dismiss", "reason": "orchard", "seen": ""}
    answer = client.post(f"/review/{plot}?klass=B", data=said, headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/review/{fresh.plots['open_B']}?")
    assert "klass=B" in answer.headers["location"]
    text = client.get(answer.headers["location"] + "&lang=en", headers=PAGE).text
    assert "VH-26-OPENA: dismissed." in text
    assert f"{plot}: dismissed." not in text
    (event,) = fresh.workspace.store.events(kinds=[EventKind.PLOT_DISMISSED])
    assert (event.payload["by"], event.payload["reason"]) == (fresh.people["reviewer"].person_id, "orchard")
    assert waiting(client) == [fresh.plots["open_B"]]
    # Colleagues are told who it was: they can ask.
    told = client.get(f"/review/{plot}?of=any&lang=en", headers=PAGE).text
    assert "dismissed: orchard<br><small>by reviewer</small>" in told


@pytest.mark.parametrize(
    ("act", "said", "kind"),
    [
        ("crown", {}, "unknown_act"),
        ("dismiss", {"reason": "because"}, "unknown_code"),
        ("assign", {"unit": ""}, "unit_missing"),
        ("assign", {"unit": "nobody"}, "unknown_unit"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_nothing_is_recorded(
    fresh: World, act: str, said: dict[str, str], kind: str
):
    before = kinds(fresh)
    status, answer = decide(fresh.client("reviewer"), fresh.plots["open_A"], act, **said)
    assert (answer["error"]["kind"], status) == (kind, 422 if kind == "unknown_code" else 400)
    assert kinds(fresh) == before


def test_what_a_patrol_found_is_not_decided_at_a_desk(fresh: World):
    status, answer = decide(fresh.client("reviewer"), fresh.plots["found_A"], "dismiss", reason="crop")
    assert (status, answer["error"]["kind"]) == (409, "not_open")


def test_two_people_on_one_case_the_second_is_told_by_name(fresh: World):
    fresh.add("other", [Role.REVIEWER])
    first, other, plot = fresh.client("reviewer"), fresh.client("other"), fresh.plots["open_A"]
    stale = seen(other, plot)
    assert decide(first, plot, "assign", unit="BP01")[0] == 200
    before = kinds(fresh)
    answer = other.post(f"/api/review/{plot}", json={"act": "dismiss", "reason": "crop", "seen": stale})
    told = answer.json()["error"]
    assert (answer.status_code, told["kind"]) == (409, "decided_meanwhile")
    assert "reviewer has given this candidate to a unit" in told["message"]
    page = other.post(f"/review/{plot}?lang=vi", data={"act": "dismiss", "reason": "crop", "seen": stale}, headers=PAGE)
    assert page.status_code == 409
    assert "reviewer đã giao điểm này cho một đơn vị" in page.text
    assert kinds(fresh) == before


def test_a_decision_is_taken_back_by_a_new_event(fresh: World):
    client, plot = fresh.client("reviewer"), fresh.plots["open_A"]
    decide(client, plot, "dismiss", reason="crop")
    status, answer = decide(client, plot, "take_back")
    assert (status, answer["state"]) == (200, "candidate")
    assert plot in waiting(client)
    assert kinds(fresh)[-2:] == ["plot_dismissed", "decision_withdrawn"] or "decision_withdrawn" in kinds(fresh)
    assert decide(client, plot, "take_back")[1]["error"]["kind"] == "nothing_to_take_back"


def test_a_drone_looks_first_and_the_candidate_waits_apart(fresh: World):
    client, plot = fresh.client("reviewer"), fresh.plots["open_A"]
    assert decide(client, plot, "uav")[0] == 200
    assert waiting(client) == [fresh.plots["open_B"]]
    assert waiting(client, of="uav") == [plot]
    assert decide(client, plot, "take_back")[0] == 200
    assert waiting(client, of="uav") == []


def test_a_second_person_judges_without_being_told_and_changes_nothing(twice: World):
    first, other, third, plot = *(twice.client(one) for one in ("reviewer", "other", "third")), twice.plots["open_A"]
    decide(first, plot, "dismiss", reason="crop")
    assert plot not in waiting(first)
    assert plot in waiting(other)
    one = other.get(f"/api/review/{plot}").json()
    assert (one["row"]["state"], one["again"], one["may_take_back"]) == ("candidate", True, False)
    assert "plot_dismissed" not in {event["kind"] for event in one["events"]}
    page = other.get(f"/review/{plot}?lang=en", headers=PAGE).text
    assert "dismissed" not in page.partition("<main")[2]
    beside = other.get(f"/api/review/{twice.plots['candidate_A']}").json()["neighbours"]
    assert {one["id"]: one["state"] for one in beside}[plot] == "candidate"
    for path in (f"/api/plots/{plot}", f"/plots/{plot}"):
        answer = other.get(path, headers=PAGE if "api" not in path else {})
        assert (answer.status_code, "dismissed" in answer.text) == (403, False)
    assert other.get(f"/api/plots/{plot}").json()["error"]["kind"] == "to_be_judged"
    assert other.get("/api/review/agreement").json()["n"] == 0
    status, answer = decide(other, plot, "assign", unit="BP01")
    assert (status, answer["again"], answer["state"]) == (200, True, "candidate")
    assert first.get(f"/api/review/{plot}").json()["row"]["state"] == "dismissed"
    for client in (first, other, third):
        assert plot not in waiting(client)
    told = first.get("/api/review/agreement").json()
    assert (told["n"], told["alike"], told["kappa"]) == (1, 0, 0.0)
    assert told["counts"] == [{"first": "dismiss", "second": "assign", "n": 1}]
    assert [row["plot"] for row in told["differing"]] == [plot]
    assert plot in first.get("/review/agreement?lang=vi", headers=PAGE).text


STATES = "/api/plots", "/ogc/collections/plots/items?limit=1000"


def states(client: TestClient, path: str, plot: str) -> set[str]:
    told = client.get(path).json()
    rows = told["plots"] if "plots" in told else [one["properties"] for one in told["features"]]
    return {row["state"] for row in rows if plot in (row.get("id"), row.get("plot_id"))}


@pytest.mark.parametrize("path", STATES)
def test_no_list_tells_a_second_person_what_was_decided(twice: World, path: str):
    first, other, plot = twice.client("reviewer"), twice.client("other"), twice.plots["open_A"]
    decide(first, plot, "dismiss", reason="crop")
    assert states(first, path, plot) == {"dismissed"}
    assert states(other, path, plot) == {"candidate"}
    assert states(twice.client("officer"), path, plot) == {"dismissed"}
    assert plot not in {row["id"] for row in other.get("/api/plots?state=dismissed").json()["plots"]}
    assert plot in {row["id"] for row in first.get("/api/plots?state=dismissed").json()["plots"]}
    for asked in ("state=dismissed", "filter=state%20%3D%20'dismissed'"):
        for client, there in ((first, {"dismissed"}), (other, set())):
            assert states(client, f"/ogc/collections/plots/items?{asked}", plot) == there
    wanted = {"season": world.SEASON.label, "format": "geojson", "reason": "for a meeting of the office"}
    for client, there in ((first, True), (other, False)):
        answer = client.post("/api/plots/export", json=wanted)
        assert (answer.status_code, plot in answer.text) == (200, there)
    decide(other, plot, "dismiss", reason="forest")
    assert states(other, path, plot) == {"dismissed"}
    assert other.get(f"/api/plots/{plot}").status_code == 200


def test_two_second_looks_at_once_one_is_needed(twice: World):
    first, other, third, plot = *(twice.client(one) for one in ("reviewer", "other", "third")), twice.plots["open_A"]
    decide(first, plot, "dismiss", reason="crop")
    stale = seen(third, plot)
    assert plot in waiting(third)
    assert decide(other, plot, "dismiss", reason="forest")[0] == 200
    said = {"act": "dismiss", "reason": "crop", "seen": stale, "again": True}
    answer = third.post(f"/api/review/{plot}", json=said)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (409, "judged_meanwhile")
    told = first.get("/api/review/agreement").json()
    assert (told["n"], told["alike"], told["kappa"]) == (1, 1, None)


def test_a_share_is_drawn_that_nobody_can_choose():
    drawn = [second.is_drawn(f"P-{n:010x}", world.SEASON, 0.1) for n in range(20_000)]
    assert 0.09 < sum(drawn) / len(drawn) < 0.11
    assert not any(second.is_drawn(f"P-{n}", world.SEASON, 0.0) for n in range(1000))


def test_what_a_second_look_is_worth_is_told_by_kappa(twice: World):
    """Cohen's example of agreement beyond chance: 2 of 3 alike where chance gives 4/9."""
    counts = {("dismiss", "dismiss"): 1, ("assign", "assign"): 1, ("assign", "dismiss"): 1}
    assert second._kappa(counts) == pytest.approx((2 / 3 - 4 / 9) / (1 - 4 / 9), abs=1e-3)


def test_on_a_real_season_that_is_over_nothing_is_decided_any_more(fresh: World, monkeypatch: pytest.MonkeyPatch):
    from eradication.pipeline import projection

    client, plot = fresh.client("reviewer"), fresh.plots["open_A"]
    monkeypatch.setattr(projection, "is_simulated", lambda *_: False)
    assert datetime.now(UTC) > world.SEASON.ends + timedelta(days=1)
    assert waiting(client) == []
    answer = client.post(f"/api/review/{plot}", json={"act": "dismiss", "reason": "crop", "seen": ""})
    assert (answer.status_code, answer.json()["error"]["kind"]) == (409, "not_open")
