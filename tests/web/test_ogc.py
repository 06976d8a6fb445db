"""OGC API Features: rows as the caller may see them, asked by a filter language that reaches no further."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rounds import rounds
from starlette.testclient import TestClient
from web import world
from web.world import EAST, World

from eradication.pipeline.reception import features
from eradication.pipeline.reception.features import Found

ITEMS = "/ogc/collections/{}/items"


def items(client: TestClient, collection: str = "plots", **asked: Any) -> dict[str, Any]:
    answer = client.get(ITEMS.format(collection), params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def codes(told: dict[str, Any]) -> set[str]:
    return {feature["properties"]["code"] for feature in told["features"]}


def test_what_there_is_leads_to_what_can_be_had_and_to_nothing_else(here: World):
    client = here.client("reviewer")
    wanted, seen = ["https://testserver/ogc"], set()
    while wanted:
        address = wanted.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.text)
        assert "json" in answer.headers["content-type"]
        links = [*answer.json().get("links", ())]
        for collection in answer.json().get("collections", ()):
            links += collection["links"]
        for link in links:
            assert link["href"].startswith("https://testserver/ogc"), link
            wanted.append(link["href"])
    assert any("/collections/plots/items" in one for one in seen)
    assert {one["id"] for one in client.get("/ogc/collections").json()["collections"]} == {
        "plots", "visits", "communes"
    }  # fmt: skip


def test_t14_each_sees_what_is_theirs_in_every_collection(here: World):
    everything = items(here.client("reviewer"))
    assert (everything["numberMatched"], len(everything["features"])) == (6, 6)
    mine = items(here.client("patrol_a"))
    assert codes(mine) == codes(items(here.client("patrol_a", device=["read"])))
    assert mine["numberMatched"] == 4
    assert "VH-26-CANDIDATEB" not in codes(mine)
    other = next(f["id"] for f in everything["features"] if f["properties"]["code"] == "VH-26-CANDIDATEB")
    nowhere = here.client("patrol_a").get(f"{ITEMS.format('plots')}/P-0000000000_2025-2026")
    hidden = here.client("patrol_a").get(f"{ITEMS.format('plots')}/{other}")
    assert (hidden.status_code, hidden.text) == (nowhere.status_code, nowhere.text) == (404, nowhere.text)
    hits = here.client("patrol_a").get(ITEMS.format("plots"), params={"resulttype": "hits"}).json()
    assert (hits["numberMatched"], hits["features"]) == (4, [])
    assert items(here.client("patrol_a"), "visits")["numberMatched"] == 1
    assert items(here.client("reviewer"), "visits")["numberMatched"] == 2
    assert items(here.client("reviewer_east"), "visits")["numberMatched"] == 1
    assert {f["properties"]["commune_code"] for f in items(here.client("reviewer_east"))["features"]} == {EAST}
    for letter in (world.A, world.B):
        assert world.canary(letter, "note") not in json.dumps(everything)
        assert world.canary(letter, "officer") not in json.dumps(items(here.client("reviewer"), "visits"))


def test_the_same_is_seen_as_in_the_interface(here: World):
    for login in ("reviewer", "patrol_a", "patrol_b", "reviewer_east"):
        client = here.client(login)
        listed = {row["code"] for row in client.get("/api/plots").json()["plots"]}
        assert codes(items(client)) == listed


def test_features_are_geojson_a_page_at_a_time(here: World):
    client = here.client("reviewer")
    first = client.get(ITEMS.format("plots"), params={"limit": 4, "sortby": "-area_m2,code"})
    assert first.headers["content-type"] == "application/geo+json"
    told = first.json()
    assert (told["numberMatched"], told["numberReturned"]) == (6, 4)
    (following,) = [link["href"] for link in told["links"] if link["rel"] == "next"]
    rest = client.get(following).json()
    ids = [feature["id"] for page in (told, rest) for feature in page["features"]]
    assert len(set(ids)) == 6
    assert client.get(f"{ITEMS.format('plots')}/{ids[0]}").json()["id"] == ids[0]
    one = items(client, properties="code", limit=1)["features"][0]
    assert [*one["properties"]] == ["code"]
    assert items(client, skipGeometry="true", limit=1)["features"][0]["geometry"] is None


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("state = 'detected'", 2),
        ("state <> 'detected'", 4),
        ("area_m2 > 300 AND code LIKE 'VH-26-OPEN%'", 2),
        ("code IN ('VH-26-OPENA', 'x') OR area_m2 BETWEEN 100 AND 250", 3),
        ("NOT (state = 'detected')", 4),
        ("detected_m2 IS NULL", 0),
        ("code = '; DROP TABLE plots; --'", 0),
    ],
)
def test_t21_a_filter_compares_properties_with_values(here: World, text: str, count: int):
    assert items(here.client("reviewer"), filter=text)["numberMatched"] == count


@pytest.mark.parametrize("asked", ["=", "<>", "IN", "LIKE", "property"])
@pytest.mark.parametrize("state", ["candidate", "expired", "detected", "dismissed"])
def test_a_filter_means_the_state_that_is_told(here: World, state: str, asked: str):
    """The season of these plots is over: open candidates of it are told as expired, and found as that alone."""
    client = here.client("reviewer")
    told = [feature["properties"]["state"] for feature in items(client)["features"]]
    assert set(told) == {"expired", "detected"}
    query = {
        "=": {"filter": f"state = '{state}'"},
        "<>": {"filter": f"NOT (state <> '{state}')"},
        "IN": {"filter": f"state IN ('{state}', 'x')"},
        "LIKE": {"filter": f"state LIKE '{state[:4]}%'"},
        "property": {"state": state},
    }[asked]
    found = items(client, **query)
    assert [feature["properties"]["state"] for feature in found["features"]] == [state] * told.count(state)
    assert found["numberMatched"] == told.count(state)


@pytest.mark.parametrize(
    "text",
    [
        "units = ',bp01,'",
        "aliases LIKE '%'",
        "geom IS NULL",
        "area_m2 > 'x'",
        "code = 5",
        "code = season",
        "area_m2 + 1 > 5",
        "S_INTERSECTS(geometry, POINT(104 20))",
        "sleep(5) = 1",
        "(" * 40 + "state = 'x'" + ")" * 40,
        " OR ".join(["state = 'x'"] * 200),
        "code IN (" + ", ".join(f"'{n}'" for n in range(600)) + ")",
        "state = 'x",
        "",
    ],
)
def test_t21_what_a_filter_may_not_ask_is_refused(here: World, text: str):
    answer = here.client("reviewer").get(ITEMS.format("plots"), params={"filter": text})
    if text.startswith("((((") and answer.status_code == 200:
        assert answer.json()["numberMatched"] == 0  # brackets alone make nothing deeper
        return
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"].keys() >= {"kind", "message", "hint"}


@pytest.mark.parametrize(
    "asked",
    [{"sortby": "units"}, {"sortby": "-state"}, {"properties": "units"}, {"units": ",bp01,"}, {"bbox": "1,2,3"},
     {"limit": "x"},
     {"offset": "-1"}, {"f": "html"}, {"f": "csv"}, {"q": "x"}, {"datetime": "2026-01-01/.."},
     {"crs": "http://www.opengis.net/def/crs/EPSG/0/9"}],
)  # fmt: skip
def test_t21_what_is_not_told_cannot_be_asked_by(here: World, asked: dict[str, str]):
    answer = here.client("reviewer").get(ITEMS.format("plots"), params=asked)
    assert answer.status_code == 400, answer.text


WORDS = st.sampled_from(
    ["state", "units", "code", "area_m2", "AND", "OR", "NOT", "(", ")", "'", "''", "=", "<", "LIKE", "IN", "BETWEEN",
     "IS", "NULL", "'%'", "5", "-1e308", "'; --", "\\", "%", ",", "POINT(1 2)", "S_WITHIN", "TRUE", "\x00", "é", "/*"]
)  # fmt: skip


@settings(max_examples=rounds(2000, 150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.lists(WORDS, max_size=14).map(" ".join))
def test_t21_whatever_is_typed_is_answered_or_refused(here: World, text: str):
    answer = here.client("reviewer").get(f"{ITEMS.format('plots')}?filter={quote(text)}")
    assert answer.status_code in (200, 400), (text, answer.text)


@pytest.mark.parametrize("text", ["<b>&", "&lt;b&gt;", "a & b", "&amp;lt; x", "Bản <Nà> & Ớt"])
def test_t7_what_the_library_writes_as_entities_comes_out_as_it_was(
    here: World, monkeypatch: pytest.MonkeyPatch, text: str
):
    one = {"type": "Feature", "id": text, "properties": {"code": text, "count": 3}, "geometry": None}
    monkeypatch.setattr(features, "items", lambda *_: Found([one], 1))
    assert items(here.client("reviewer"))["features"] == [one]
    told = here.client("reviewer").get(ITEMS.format("plots") + "/x")
    assert told.json()["properties"] == one["properties"]
    assert told.json()["id"] == text


def test_t15_neither_filters_nor_places_are_written_down(here: World, capfd: pytest.CaptureFixture[str]):
    client, before = here.client("reviewer"), len(here.log)
    client.get(ITEMS.format("plots"), params={"bbox": "104.701234,20.7,104.9,20.9", "filter": "code = 'canary-word'"})
    client.get(ITEMS.format("plots"), params={"filter": "canary-word ((("})
    written = "\n".join(here.log[before:]) + "".join(capfd.readouterr())
    assert "104.701234" not in written
    assert "canary-word" not in written


def test_places_that_a_program_was_told_of_are_looks(here: World):
    client = here.client("reviewer")
    told = items(client, limit=1)["features"][0]["properties"]["plot_id"]
    views = here.client("auditor").get(f"/api/plots/{told}/views").json()["views"]
    assert "map" in {view["how"] for view in views}
