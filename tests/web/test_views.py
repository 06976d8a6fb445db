"""T14: who sees what. Every route of plots, patrols, visits and the ledger × every role × ids of both units."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from web.world import EAST, GROUND, ROLES, WEST, A, B, World, canary, east

from eradication.pipeline import kept
from eradication.store.reception import schema

LISTS = ("/api/plots", "/api/visits", "/api/patrols", "/api/patrols/cells", "/api/ledger", "/plots", "/ledger")
PER_PLOT = ("/api/plots/{}", "/plots/{}", "/api/plots/{}/views")
PER_PATROL = ("/api/patrols/{}",)
HTML = {"Accept": "text/html"}
SEES_EVERY_PLOT = {"reviewer", "verifier", "officer", "analyst"}
SEES_NO_PLACE = {"administrator", "auditor"}
LETTER = {A: "A", B: "B"}


def secrets(here: World, unit: str) -> dict[str, str]:
    """What only those may read who may see a unit's own: what it is → the text."""
    letter = LETTER[unit]
    told = {name: here.plots[f"{name}_{letter}"] for name in ("candidate", "found")}
    told |= {f"patrol {n}": patrol for n, patrol in enumerate(here.patrols[unit])}
    told |= {name: canary(unit, name) for name in ("patrol", "waypoint", "note", "officer")}
    told |= {"lon found": str(GROUND[unit][0]), "lon candidate": str(east(unit, 500.0)[0])[:9]}
    return told | {"visit": f"v-{unit}", "code": f"CANDIDATE{letter}", "file": f"{unit}-0.gpx"}


def leaked(here: World, unit: str, answer: Any) -> set[str]:
    """Names of a unit's secrets that stand in an answer or in its headers."""
    said = answer.text + json.dumps(dict(answer.headers), ensure_ascii=False)
    return {name for name, secret in secrets(here, unit).items() if secret in said}


def every_answer(here: World, login: str, **options: Any) -> Iterator[tuple[str, Any]]:
    """Ask everything, with every id there is of either unit."""
    client = here.client(login, **options)
    ids = [*here.plots.values(), "VH-26-CANDIDATEA", "VH-26-CANDIDATEB"]
    patrols = [*here.patrols[A], *here.patrols[B]]
    paths = [*LISTS, *(f"{path}?season=2025-2026" for path in LISTS)]
    paths += [p.format(i) for p in PER_PLOT for i in ids] + [p.format(i) for p in PER_PATROL for i in patrols]
    paths += [f"/api/ledger?{query}" for query in ("by=unit", "by=class", "year=2026")]
    paths += ["/api/plots?bbox=104.5,20.5,105,21"]
    paths += ["/api/ledger?of=province", "/ledger?of=province", "/api/plots?urgent=true", "/api/plots?state=detected"]
    for path in paths:
        yield path, client.get(path, headers=HTML if not path.startswith("/api") else {})
    yield "search", client.post("/api/plots/search", json={"bbox": [104.5, 20.5, 105, 21]})


@pytest.mark.parametrize(("login", "other"), [("patrol_a", B), ("patrol_b", A)])
def test_T14_nothing_of_another_unit_is_in_any_answer(here: World, login: str, other: str):
    own = A if other == B else B
    seen: set[str] = set()
    for path, answer in every_answer(here, login):
        asked_for = {n for n, secret in secrets(here, other).items() if secret in path}
        assert leaked(here, other, answer) <= asked_for, path  # an id that was asked for is echoed by the refusal
        assert answer.status_code in (200, 400, 403, 404), path
        assert answer.status_code != 200 or other not in answer.text, path
        seen |= leaked(here, own, answer)
    assert {"found", "candidate", "patrol 0", "patrol", "visit", "lon found", "code"} <= seen


def test_T14_a_device_of_a_patrol_sees_no_more_than_its_person(here: World):
    for path, answer in every_answer(here, "patrol_a", device=["read"]):
        asked_for = {n for n, secret in secrets(here, B).items() if secret in path}
        assert leaked(here, B, answer) <= asked_for, path
    assert here.client("patrol_a", device=["submit"]).get("/api/plots").status_code == 403


@pytest.mark.parametrize("login", sorted(SEES_EVERY_PLOT))
def test_T14_who_reviews_sees_every_plot_and_only_an_analyst_every_patrol(here: World, login: str):
    said = dict(every_answer(here, login))
    assert {row["id"] for row in said["/api/plots"].json()["plots"]} == {*here.plots.values()}
    assert {row["unit"] for row in said["/api/visits"].json()["visits"]} == {A, B}
    for unit in (A, B):
        walked = {name for name in secrets(here, unit) if "patrol" in name or name in ("waypoint", "file")}
        found = {name for answer in said.values() for name in leaked(here, unit, answer)} & walked
        assert bool(found) == (login == "analyst")
    status = {said[f"/api/patrols/{here.patrols[B][0]}"].status_code, said["/api/patrols"].status_code}
    assert status == ({200} if login == "analyst" else {403})


@pytest.mark.parametrize("login", sorted(SEES_NO_PLACE))
def test_T14_who_administers_or_audits_sees_counts_and_never_a_place(here: World, login: str):
    for path, answer in every_answer(here, login):
        for unit in (A, B):
            asked_for = {n for n, secret in secrets(here, unit).items() if secret in path}
            assert leaked(here, unit, answer) <= asked_for, path
        assert '"lon"' not in answer.text
        assert "VH-26" not in answer.text or "VH-26" in path, path
    counts = here.client(login).get("/api/plots").json()
    assert counts["total"] == 6
    assert {(row["commune_code"], row["state"]): row["plots"] for row in counts["communes"]} == {
        (commune, state): count for commune in (WEST, EAST) for state, count in (("detected", 1), ("expired", 2))
    }


@pytest.mark.parametrize("login", ["reviewer_east", "analyst_east"])
def test_T14_whose_communes_are_named_sees_nothing_outside_them(here: World, login: str):
    for path, answer in every_answer(here, login):
        asked_for = {n for n, secret in secrets(here, A).items() if secret in path}
        if not path.startswith(("/api/ledger", "/ledger")):
            assert leaked(here, A, answer) <= asked_for, path
    told = here.client(login).get("/api/plots").json()
    assert {row["commune_code"] for row in told["plots"]} == {EAST}
    assert here.client(login).get("/api/patrols").json().get("patrols", []) == []


FAKE_PLOT, FAKE_PATROL = "P-0000000000", "0" * 16


@pytest.mark.parametrize("login", sorted(ROLES))
def test_T14_what_one_may_not_see_answers_as_what_does_not_exist(here: World, login: str):
    client = here.client(login)
    hidden = {
        "patrol_a": [here.plots["candidate_B"], here.plots["found_B"]],
        "patrol_b": [here.plots["candidate_A"], here.plots["found_A"]],
        "reviewer_east": [here.plots["found_A"]],
        "analyst_east": [here.plots["open_A"]],
    }.get(login, [])
    if login in SEES_NO_PLACE:
        hidden = [*here.plots.values()]
    for path, accept in (("/api/plots/{}", {}), ("/plots/{}", HTML)):
        for plot in hidden:
            real, none = (client.get(path.format(name), headers=accept) for name in (plot, FAKE_PLOT))
            assert_alike(real, none, plot, FAKE_PLOT)
    other = {"patrol_a": B, "patrol_b": A}.get(login)
    patrols = here.patrols[other] if other else [*here.patrols[A]] if login != "analyst" else []
    for patrol in patrols:
        fake = "x" * len(patrol)
        real, none = (client.get(f"/api/patrols/{name}") for name in (patrol, fake))
        assert_alike(real, none, patrol, fake)


def assert_alike(real: Any, none: Any, name: str, fake: str) -> None:
    assert (real.status_code in (403, 404), real.status_code) == (True, none.status_code)
    assert real.text.replace(name, fake) == none.text or without_nonce(real, name, fake) == without_nonce(none, "", "")
    same = [{k: v for k, v in answer.headers.items() if k != "content-security-policy"} for answer in (real, none)]
    assert same[0] == same[1]
    assert "etag" not in same[0]
    assert "last-modified" not in same[0]


def without_nonce(answer: Any, name: str, fake: str) -> str:
    text: str = answer.text
    return text.replace(name, fake) if name else text


def test_T14_no_condition_of_a_request_tells_whether_something_exists(here: World):
    client = here.client("patrol_a")
    for headers in ({"If-None-Match": "*"}, {"If-Match": "*"}, {"If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"},
                    {"Range": "bytes=0-0"}):  # fmt: skip
        real = client.get(f"/api/plots/{here.plots['found_B']}", headers=headers)
        assert real.status_code == 404
        none = client.get(f"/api/plots/{FAKE_PLOT}", headers=headers)
        assert real.text.replace(here.plots["found_B"], FAKE_PLOT) == none.text
    for method in ("HEAD", "OPTIONS"):
        answers = [client.request(method, f"/api/plots/{name}") for name in (here.plots["found_B"], FAKE_PLOT)]
        assert len({(answer.status_code, answer.text) for answer in answers}) == 1


def test_T14_what_one_may_not_see_leaves_no_look_and_is_looked_up_as_nothing_is(here: World):
    """No row tells that somebody asked for what exists: the two requests do the same."""

    def looks() -> int:
        with here.place.reception.reading() as connection:
            return len(connection.execute(schema.looks.select()).all())

    client = here.client("patrol_a")
    before = looks()
    for name in (here.plots["found_B"], here.plots["candidate_B"], FAKE_PLOT, "VH-26-CANDIDATEB"):
        assert client.get(f"/api/plots/{name}").status_code == 404
    assert looks() == before


def test_T14_a_search_by_place_or_state_finds_only_what_one_may_see(here: World):
    around_b = {"bbox": [104.8, 20.8, 104.9, 20.9]}
    told = here.client("patrol_a").post("/api/plots/search", json=around_b).json()
    assert ({row["id"] for row in told["plots"]}, told["total"]) == ({here.plots["open_B"]}, 1)
    assert {row["id"] for row in here.client("patrol_b").post("/api/plots/search", json=around_b).json()["plots"]} == {
        here.plots[name] for name in ("open_B", "candidate_B", "found_B")
    }
    lon, lat = GROUND[B]
    exactly = here.client("patrol_a").get(f"/api/plots?bbox={lon - 1e-4},{lat - 1e-4},{lon + 1e-4},{lat + 1e-4}")
    assert (exactly.json()["plots"], exactly.json()["total"]) == ([], 0)


def test_T14_the_same_is_seen_where_nothing_is_kept_and_all_is_replayed(here: World):
    logins = ("patrol_a", "patrol_b", "reviewer", "reviewer_east")
    fast = {login: here.client(login).get("/api/plots").json()["plots"] for login in logins}
    rows = here.workspace.store.layer(kept.TABLE)
    with here.workspace.store.transaction() as transaction:
        transaction.replace_layer(kept.TABLE, [])
    try:
        assert {login: here.client(login).get("/api/plots").json()["plots"] for login in logins} == fast
    finally:
        with here.workspace.store.transaction() as transaction:
            transaction.replace_layer(kept.TABLE, rows)


def test_T14_no_row_tells_a_unit_who_else_is_concerned(here: World):
    told = here.client("patrol_a").get("/api/plots").json()["plots"]
    assert all("units" not in row and "out_of_place" not in row for row in told)
    assert all("units" in row for row in here.client("reviewer").get("/api/plots").json()["plots"])


def test_T14_the_ledger_of_a_unit_is_its_own_and_of_the_province_it_sees_the_total(here: World):
    client = here.client("patrol_a")
    own, all_ = client.get("/api/ledger").json(), client.get("/api/ledger?of=province").json()
    assert (own["unit"], own["total"]["detected_m2"], {row["key"] for row in own["rows"]}) == (A, 200, {WEST})
    assert (all_["unit"], all_["total"]["detected_m2"], all_["rows"]) == ("", 400, [])
    assert "suspected_m2" in own["total"]
    assert not {"suspected_m2", "open"} & {*all_["total"]}
    refused = client.get("/api/ledger?of=province&by=unit")
    assert (refused.status_code, refused.json()["error"]["kind"]) == (400, "unknown_grouping")


def test_T14_who_sees_the_provinces_ledger_sees_figures_and_no_list(here: World):
    for login in {*ROLES} - {"patrol_a", "patrol_b"}:
        told = here.client(login).get("/api/ledger").json()
        assert told["total"]["detected_m2"] == 400
        assert {row["key"] for row in told["rows"]} == {WEST, EAST}
        assert ("suspected_m2" in told["total"]) == (login != "administrator")
        assert told["unvisited"]["expired"] == 4
        assert not {"findings", "overlaps", "signs", "abroad", "self_reported", "rechecks"} & {*told}
        assert not any(plot in json.dumps(told) for plot in here.plots.values())
        walked = told["effort"]["km"]
        assert (walked is not None) == (login == "analyst"), "a crowd of two would be two patrols"
    assert {row["key"] for row in here.client("auditor").get("/api/ledger?by=unit").json()["rows"]} == {"", A, B}
    assert here.client("administrator").get("/api/ledger?by=unit").status_code == 400


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("login", ["patrol_a", "reviewer", "administrator", "auditor"])
def test_the_ledgers_page_never_shows_a_percentage_without_what_was_not_seen(here: World, login: str, language: str):
    page = here.client(login).get(f"/ledger?lang={language}", headers=HTML).text
    unseen = {"en": "Undetected, at most: unknown", "vi": "Chưa phát hiện, nhiều nhất: chưa biết"}[language]
    assert " % " in page
    assert unseen in page
    assert {"en": "Not visited:", "vi": "Chưa kiểm tra:"}[language] in page


def test_pages_of_plots_say_that_a_candidate_accuses_nobody(here: World):
    client = here.client("patrol_a")
    for path in ("/plots", f"/plots/{here.plots['candidate_A']}"):
        page = client.get(path, headers=HTML)
        assert page.status_code == 200
        assert "it accuses nobody" in page.text
        assert "simulated" in page.text


@pytest.mark.parametrize(
    ("query", "kind"),
    [("bbox=1,2,3", "bad_box"), ("bbox=9,9,1,1", "bad_box"), ("bbox=nan,1,2,3", "bad_box"),
     ("season=x", "unknown_season"), ("state=secret", "unknown_state"), ("limit=0", "bad_request"),
     ("begin=-1", "bad_request")],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused_with_a_hint(here: World, query: str, kind: str):
    answer = here.client("reviewer").get(f"/api/plots?{query}")
    assert (answer.status_code, answer.json()["error"]["kind"]) == (400, kind)
    assert answer.json()["error"]["hint"]


def test_a_list_is_told_page_by_page(here: World):
    client = here.client("reviewer")
    whole = client.get("/api/plots").json()
    parts = [client.get(f"/api/plots?limit=2&begin={begin}").json() for begin in (0, 2, 4, 6)]
    assert [row["id"] for part in parts for row in part["plots"]] == [row["id"] for row in whole["plots"]]
    assert {part["total"] for part in parts} == {6}
