"""Whatever is given as an address leads to the same items: an API, a catalog, a list, a table, on disk or elsewhere."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rustac
from archive import faults
from archive.answers import plain
from archive.files import PLANETARY_COMPUTER, WEST, Product, one_pass, write_archive
from archive.fixtures import LiveArchive
from archive.server import FileServer
from shapely.geometry import box

from eradication import config
from eradication.domain import Season
from eradication.errors import EradicationError, StorageFailed, UnusableInput
from eradication.ingest import imagery
from eradication.pipeline import fetching, imagery_shelf, sourcing, workspace
from eradication.pipeline.sourcing import Request
from eradication.pipeline.workspace import Workspace

SEASON = Season(2025)
AREA = box(103.5, 21.0, 104.3, 21.6)
QUICK = config.Fetch(threads=4, tries=2, backoff_s=0.01, connect_s=2.0, stall_s=1.0, asset_s=8.0, reserve_gb=0.0)
DAYS = ("2025-11-05", "2026-01-14", "2026-02-13")


@pytest.fixture
def ws(tmp_path: Path):
    settings = dataclasses.replace(workspace.settings_for("Sơn La"), fetch=QUICK)
    with workspace.created(tmp_path / "ws", settings) as opened:
        yield opened


@pytest.fixture
def served(tmp_path: Path, file_server: Callable[[Path], FileServer]) -> tuple[FileServer, list[dict[str, Any]]]:
    """Three dates behind a plain file server, and the items with addresses of it."""
    like = dataclasses.replace(Product(""), bands=("red", "scl"))
    written = write_archive(
        tmp_path / "files", [p for day in DAYS for p in one_pass(f"{day}T03:40:11Z", (WEST,), like)]
    )
    server = file_server(written.folder)
    return server, written.documents(server.url)


def found(ws: Workspace, address: str, area: Any = AREA) -> list[str]:
    with sourcing.asked(ws, Request(address, SEASON, area)) as archive:
        return [item["id"] for item in archive.items]


def ids(documents: list[dict[str, Any]]) -> list[str]:
    return [d["id"] for d in documents]


def static_catalog(folder: Path, documents: list[dict[str, Any]]) -> Path:
    """Write catalog → collection → items, as static archives lie on a server."""
    (folder / "s2").mkdir(parents=True)
    (folder / "catalog.json").write_text(json.dumps({
        "type": "Catalog", "stac_version": "1.0.0", "id": "c", "description": "c",
        "links": [{"rel": "child", "href": "./s2/collection.json"}, {"rel": "self", "href": "https://old.example/c"}],
    }))  # fmt: skip
    (folder / "s2" / "collection.json").write_text(json.dumps({
        "type": "Collection", "stac_version": "1.0.0", "id": "s2", "description": "c", "license": "proprietary",
        "extent": {
            "spatial": {"bbox": [[103, 21, 104, 22]]},
            "temporal": {"interval": [["2025-01-01T00:00:00Z", None]]},
        },
        "links": [{"rel": "item", "href": f"./{d['id']}.json"} for d in documents],
    }))  # fmt: skip
    for document in documents:
        (folder / "s2" / f"{document['id']}.json").write_text(json.dumps(document))
    return folder / "catalog.json"


def test_an_api_is_followed_over_all_its_pages(ws, live_archive):
    assert sorted(found(ws, live_archive.api)) == sorted(p.id for p in live_archive.products)
    assert live_archive.server.requests("/stac/search", "POST") > 3


def test_a_collection_of_an_api_is_an_address_too(ws, live_archive):
    there = found(ws, f"{live_archive.api}/collections/sentinel-2-l2a")
    assert sorted(there) == sorted(p.id for p in live_archive.products)


def test_an_api_that_knows_no_post_is_asked_by_get(ws, publish):
    like = dataclasses.replace(Product(""), bands=("red", "scl"))
    # One page: the server of rustac cannot write the link to a second one when it was asked by GET with a box.
    live = publish([p for day in DAYS for p in one_pass(f"{day}T03:40:11Z", (WEST,), like)], page=None)
    live.server.fault("/stac/search", lambda asked, answer: plain(405) if asked.method == "POST" else answer)
    assert found(ws, live.api) == [p.id for p in live.products]
    [by_get] = live.server.seen("/stac/search", "GET")
    assert by_get.query["bbox"].startswith("103.49")
    assert by_get.query["collections"] == "sentinel-2-l2a"


@pytest.mark.slow
def test_another_kind_of_api_that_pages_by_tokens_is_followed_too(ws, pgstac_archive):
    assert sorted(found(ws, pgstac_archive.api)) == sorted(p.id for p in pgstac_archive.products)
    live = pgstac_archive.server
    live.fault("/stac/search", lambda asked, answer: plain(405) if asked.method == "POST" else answer)
    assert sorted(found(ws, pgstac_archive.api)) == sorted(p.id for p in pgstac_archive.products)
    assert live.requests("/stac/search", "GET") > 3


@pytest.mark.slow
def test_its_files_are_fetched_and_mean_what_its_items_say(ws, pgstac_archive):
    answer = fetching.fetch(ws, Request(pgstac_archive.api, SEASON, AREA))
    assert (answer["failed"], answer["files_ok"]) == ([], len(pgstac_archive.products) * 11)
    archive = imagery.find(answer["catalog"], SEASON, settings=ws.settings)
    offsets = {scene.id: scene.facts["offset"] for scene in archive.scenes}
    assert offsets == {p.id: (-0.1 if p.is_new and not p.shifted else 0.0) for p in pgstac_archive.products}


def test_a_page_that_fails_once_is_asked_again_and_an_archive_that_is_down_is_said_to_be(ws, live_archive):
    live_archive.server.fault("/stac/search", faults.refuse(503, retry_after=0), skip=1, times=1)
    assert len(found(ws, live_archive.api)) == len(live_archive.products)
    live_archive.server.fault("/stac/search", faults.refuse(503))
    with pytest.raises(StorageFailed) as error:
        found(ws, live_archive.api)
    assert error.value.kind == "archive_failed"
    assert error.value.values["reason"] == "http_503"


def test_pages_that_lead_in_a_circle_or_elsewhere_are_refused(ws, live_archive):
    def leading(to: str) -> Any:
        def change(request: Any, answer: Any) -> Any:
            page = json.loads(b"".join(answer.content.chunks(0, answer.stop)))
            page["links"] = [{"rel": "next", "href": to, "method": "GET"}]
            return plain(200, json.dumps(page).encode(), "application/json")

        return change

    for to, reason in (
        (f"{live_archive.api}/search", "bad_answer"),
        ("file:///etc/passwd", "refused_address"),
        ("http://169.254.169.254/latest/meta-data", "refused_address"),
        ("https://elsewhere.example/search", "refused_address"),
    ):
        live_archive.server.reset()
        live_archive.server.fault("/stac/search", leading(to))
        with pytest.raises(UnusableInput) as error:
            found(ws, live_archive.api)
        assert error.value.values["reason"] == reason


def test_an_archive_with_several_collections_asks_which(ws, live_archive):
    def two(request: Any, answer: Any) -> Any:
        return plain(200, json.dumps({"collections": [{"id": "one"}, {"id": "two"}]}).encode(), "application/json")

    live_archive.server.fault("/stac/collections", two)
    with pytest.raises(UnusableInput) as error:
        found(ws, live_archive.api)
    assert error.value.kind == "which_collection"
    assert error.value.values["detail"] == "one, two"


def test_a_static_catalog_on_a_server_is_walked(ws, served):
    server, documents = served
    static_catalog(server.folder / "cat", documents)
    assert found(ws, f"{server.url}/cat/catalog.json") == ids(documents)
    server.fault(f"*{documents[1]['id']}.json", faults.refuse(404))
    with sourcing.asked(ws, Request(f"{server.url}/cat/catalog.json", SEASON, AREA)) as archive:
        assert [item["id"] for item in archive.items] == [documents[0]["id"], documents[2]["id"]]
        assert [f.reason for f in archive.failed] == ["http_404"]


def test_collections_of_other_times_and_places_are_not_walked(ws, served):
    server, documents = served
    static_catalog(server.folder / "cat", documents)
    assert found(ws, f"{server.url}/cat/catalog.json", box(10, 50, 11, 51)) == []
    assert server.requests("*/s2/S2*.json") == 0


def test_an_item_collection_on_a_server_is_read_with_relative_addresses(ws, served):
    server, documents = served
    assert found(ws, f"{server.url}/items.json") == ids(documents)
    answer = fetching.fetch(ws, Request(f"{server.url}/items.json", SEASON, AREA))
    assert (answer["kind"], answer["failed"], answer["files_ok"]) == ("items", [], 6)


def test_a_list_on_this_computer_cannot_lead_into_its_network(ws, served, tmp_path):
    server, documents = served
    path = tmp_path / "found.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": documents}))
    answer = fetching.fetch(ws, Request(str(path), SEASON, AREA))
    assert {f["reason"] for f in answer["failed"]} == {"refused_address"}
    assert server.requests("*.tif") == 0


@pytest.mark.parametrize("where", ["server", "disk"])
def test_stac_geoparquet_is_read_from_a_server_and_from_disk(ws, served, tmp_path, where):
    server, documents = served
    table = server.folder / "season.parquet"
    rustac.write_sync(str(table), documents)
    address = f"{server.url}/season.parquet" if where == "server" else str(table)
    assert found(ws, address) == ids(documents)
    if where == "server":
        answer = fetching.fetch(ws, Request(address, SEASON, AREA))
        assert (answer["kind"], answer["failed"], answer["files_ok"]) == ("geoparquet", [], 6)
        kept = json.loads(Path(answer["catalog"]).read_text())["features"][0]["properties"]
        assert kept["earthsearch:boa_offset_applied"] is False


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 400 + b"PAR1", b"not a table", b"\xff" * 5000])
def test_what_is_no_table_is_said_to_be_none(ws, tmp_path, content):
    path = tmp_path / "bad.parquet"
    path.write_bytes(content)
    with pytest.raises(UnusableInput) as error:
        found(ws, str(path))
    assert error.value.kind == "not_an_archive"


def test_a_catalog_on_this_computer_is_read_as_it_is(ws, served):
    server, _ = served
    local = static_catalog(server.folder / "cat", json.loads((server.folder / "items.json").read_text())["features"])
    for address in (str(local), str(local.parent), str(server.folder / "items.json")):
        assert fetching.prepared(ws, address, SEASON, AREA) == (address, AREA)
    assert fetching.prepared(ws, "no/such/catalog.json", SEASON, None) == ("no/such/catalog.json", None)


def test_a_fetched_catalog_is_read_as_it_is_even_if_something_failed(ws, served):
    server, _ = served
    server.fault("*_red.tif", faults.refuse(404), times=5)
    answer = fetching.fetch(ws, Request(f"{server.url}/items.json", SEASON, AREA))
    assert answer["failed"]
    server.reset()
    assert fetching.local_catalog(ws, answer["catalog"], SEASON, AREA) == answer["catalog"]
    assert server.requests() == 0


def test_a_profile_of_the_users_own_gives_a_catalog_its_meaning(ws, served):
    server, _ = served
    items = json.loads((server.folder / "items.json").read_text())
    for feature in items["features"]:
        feature["collection"] = "our-own"
        feature["assets"] = {"band-3": feature["assets"]["red"], "mask": feature["assets"]["scl"]}
        feature["assets"]["band-3"].pop("eo:bands", None)
        for name in ("earthsearch:boa_offset_applied", "s2:processing_baseline", "s2:product_uri"):
            feature["properties"].pop(name, None)
        feature["assets"]["band-3"].pop("raster:bands", None)
    path = server.folder / "own.json"
    path.write_text(json.dumps(items))
    with pytest.raises(EradicationError):
        imagery.find(fetching.local_catalog(ws, str(path), SEASON, AREA), SEASON, settings=ws.settings)
    ws.sources.mkdir()
    (ws.sources / "own.toml").write_text("""
name = "own"
licence = "ours"
attribution = "us"
[title]
vi = "Kho của ta"
en = "Our own"
[recognise]
collections = ["our-own"]
id = ".*"
[bands]
red = "band-3"
scl = "mask"
[reflectance]
offset_from = ["profile"]
offset = -0.1
""")
    catalog = fetching.local_catalog(ws, str(path), SEASON, AREA)
    assert catalog != str(path)
    archive = imagery.find(catalog, SEASON, settings=ws.settings)
    assert {scene.facts["rule"] for scene in archive.scenes} == {"profile"}
    assert {scene.facts["offset"] for scene in archive.scenes} == {-0.1}
    assert len(archive.scenes) == 3


NOTHINGS = {
    "no json": (b"<html>", "not_an_archive"),
    "other json": (b'{"type": "Topology"}', "not_an_archive"),
    "a list": (b"[1, 2]", "not_an_archive"),
    "deep": (b'{"a":' * 100_000, "not_an_archive"),
    "no features": (b'{"type": "FeatureCollection"}', "not_an_archive"),
}


@pytest.mark.parametrize("name", NOTHINGS)
def test_an_address_that_is_no_archive_is_named(ws, served, name):
    server, _ = served
    (server.folder / "x.json").write_bytes(NOTHINGS[name][0])
    with pytest.raises(EradicationError) as error:
        found(ws, f"{server.url}/x.json")
    assert error.value.kind == NOTHINGS[name][1]


def test_broken_items_are_named_and_the_others_are_found(ws, served):
    server, documents = served
    bad: list[Any] = [
        {"type": "Feature", "id": "no-assets", "properties": {"datetime": "2026-01-01T00:00:00Z"}},
        {"type": "Feature", "id": 7, "properties": {}, "assets": {}},
        {"type": "Feature", "id": "no-href", "properties": {"datetime": DAYS[0]}, "assets": {"red": {}}},
        "text",
        None,
    ]
    text = {"type": "FeatureCollection", "features": [*bad, *documents]}
    (server.folder / "mixed.json").write_text(json.dumps(text))
    with sourcing.asked(ws, Request(f"{server.url}/mixed.json", SEASON, AREA)) as archive:
        assert [item["id"] for item in archive.items] == ids(documents)
        assert len(archive.failed) == len(bad)
        assert {f.reason for f in archive.failed} == {"bad_item"}


def test_a_search_shows_periods_baselines_and_rules(ws, live_archive):
    answer = imagery_shelf.search(ws, Request(live_archive.api, SEASON, AREA))
    rows = [row for row in answer["periods"] if row["items"]]
    assert [row["items"] for row in rows] == [3] * 7
    assert {rule for row in rows for rule in row["offset_rules"]} == {"earthsearch:boa_offset_applied"}
    assert {name for row in rows for name in row["baselines"]} == {"03.01", "05.11"}
    assert (answer["items"], answer["cached"]) == (21, 0)


TOKEN = """
name = "planetary-computer"
api = "{api}"
collection = "sentinel-2-l2a"
licence = "open"
attribution = "test"
[title]
vi = "thử"
en = "test"
[recognise]
hosts = ["127.0.0.1"]
[bands]
red = ["B04"]
scl = ["SCL"]
[access]
hosts = ["127.0.0.1"]
signing = "query_token"
token_env = "TEST_SAS"
token_url = "{url}/sas/token/{{collection}}"
"""


def signed(ws: Workspace, live: LiveArchive) -> None:
    ws.sources.mkdir(exist_ok=True)
    (ws.sources / "pc.toml").write_text(TOKEN.format(api=live.api, url=live.server.url))


def test_T27_a_token_that_ran_out_is_renewed(ws, publish):
    like = dataclasses.replace(Product(""), bands=("red", "scl"), archive=PLANETARY_COMPUTER)
    live = publish([p for day in DAYS for p in one_pass(f"{day}T03:40:11Z", (WEST,), like)])
    signed(ws, live)
    live.server.fault("*.tif", faults.unless_signed(live.server))
    answer = fetching.fetch(ws, Request("planetary-computer", SEASON, AREA))
    assert answer["failed"] == []
    assert live.server.requests("/sas/token/*") >= 2  # five uses each
    assert all("sig" in s.query for s in live.server.seen("*.tif"))
    kept = "".join(p.read_text(errors="replace") for p in ws.imagery.rglob("*") if p.suffix in (".json", ".held"))
    assert "token-" not in kept


def test_a_token_from_the_environment_is_used_and_never_sent_elsewhere(ws, publish, monkeypatch):
    like = dataclasses.replace(Product(""), bands=("red", "scl"), archive=PLANETARY_COMPUTER)
    live = publish(one_pass("2026-01-14T03:40:11Z", (WEST,), like))
    signed(ws, live)
    monkeypatch.setenv("TEST_SAS", f"?sig={live.server.token(100)}")
    live.server.fault("*.tif", faults.unless_signed(live.server))
    assert fetching.fetch(ws, Request(live.api, SEASON, AREA))["failed"] == []
    assert live.server.requests("/sas/token/*") == 0
    assert not any(s.query.get("sig") for s in live.server.seen("/stac/*"))


def test_a_token_that_is_refused_for_good_costs_the_files(ws, publish):
    like = dataclasses.replace(Product(""), bands=("red", "scl"), archive=PLANETARY_COMPUTER)
    live = publish(one_pass("2026-01-14T03:40:11Z", (WEST,), like))
    signed(ws, live)
    live.server.fault("*.tif", faults.refuse(403))
    answer = fetching.fetch(ws, Request(live.api, SEASON, AREA))
    assert {f["reason"] for f in answer["failed"]} == {"http_403"}
    assert live.server.requests("*_red.tif") <= 4 * 2


BEARER = (
    TOKEN.replace("query_token", "bearer").replace("sas/token/{{collection}}", "sas/oauth")
    + """
client_id = "client"
user_env = "TEST_USER"
password_env = "TEST_WORD"
alternate = "https"
"""
)


def test_an_account_is_changed_into_a_bearer_token_and_the_alternate_address_is_asked(ws, publish, monkeypatch):
    like = dataclasses.replace(Product(""), bands=("red", "scl"), archive=PLANETARY_COMPUTER)
    live = publish(one_pass("2026-01-14T03:40:11Z", (WEST,), like))
    ws.sources.mkdir()
    (ws.sources / "cdse.toml").write_text(BEARER.format(api=live.api, url=live.server.url))
    forms: list[bytes] = []

    def token(request: Any, answer: Any) -> Any:
        forms.append(request.body)
        return plain(200, b'{"access_token": "letmein", "expires_in": 600}', "application/json")

    def only_with_token(request: Any, answer: Any) -> Any:
        return answer if request.headers.get("authorization") == "Bearer letmein" else plain(401)

    def alternates(request: Any, answer: Any) -> Any:
        page = json.loads(b"".join(answer.content.chunks(0, answer.stop)))
        for feature in page["features"]:
            for asset in feature["assets"].values():
                asset["alternate"] = {"https": {"href": asset["href"]}}
                asset["href"] = "s3://bucket" + asset["href"].removeprefix(live.server.url)
        return plain(200, json.dumps(page).encode(), "application/json")

    live.server.fault("/sas/oauth", token)
    live.server.fault("*.tif", only_with_token)
    live.server.fault("/stac/search", alternates)
    request = Request(live.api, SEASON, AREA)
    assert {f["reason"] for f in fetching.fetch(ws, request)["failed"]} == {"no_token"}
    monkeypatch.setenv("TEST_USER", "someone")
    monkeypatch.setenv("TEST_WORD", "secret word")
    answer = fetching.fetch(ws, request)
    assert answer["failed"] == []
    assert forms == [b"grant_type=password&client_id=client&username=someone&password=secret+word"]
    written = b"".join(p.read_bytes() for p in ws.imagery.rglob("*") if p.is_file())
    assert b"letmein" not in written
    assert b"secret" not in written


def test_a_fetched_item_cannot_bring_rules_of_access_with_it(ws, publish, tmp_path):
    """A profile inside a list says what bands mean; who is asked with whose account it never says."""
    like = dataclasses.replace(Product(""), bands=("red", "scl"))
    live = publish(one_pass("2026-01-14T03:40:11Z", (WEST,), like))
    trap = TOKEN.replace('name = "planetary-computer"', 'name = "trap"').format(api=live.api, url=live.server.url)
    documents = [d | {"properties": d["properties"] | {"eradication:source": "trap"}} for d in live.documents]
    text = {"type": "FeatureCollection", "eradication:sources": {"trap": trap}, "features": documents}
    (live.written.folder / "trap.json").write_text(json.dumps(text))
    answer = fetching.fetch(ws, Request(f"{live.server.url}/trap.json", SEASON, AREA))
    assert answer["failed"] == []
    assert live.server.requests("/sas/*") == 0
