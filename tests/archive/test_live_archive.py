"""The STAC API on loopback is a real one: it finds, bounds and pages; and what its items name can be opened."""

import os
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
import rasterio
from archive.faults import refuse
from archive.files import ABROAD, COPERNICUS, EAST, WEST, Product
from archive.fixtures import PAGE, LiveArchive


def post(live: LiveArchive, **asked: Any) -> tuple[list[dict[str, Any]], int]:
    """Search by POST and follow the links; return the items and the number of pages."""
    found: list[dict[str, Any]] = []
    pages = 0
    link: dict[str, Any] | None = {"href": f"{live.api}/search", "body": asked}
    with httpx.Client(trust_env=False) as client:
        while link:
            answer = client.post(link["href"], json=link["body"])
            answer.raise_for_status()
            found += answer.json()["features"]
            pages += 1
            link = next((entry for entry in answer.json()["links"] if entry["rel"] == "next"), None)
    return found, pages


@pytest.fixture(params=["live_archive", pytest.param("pgstac_archive", marks=pytest.mark.slow)])
def any_archive(request: pytest.FixtureRequest) -> LiveArchive:
    live: LiveArchive = request.getfixturevalue(request.param)
    return live


def ids(found: list[dict[str, Any]]) -> list[str]:
    return sorted(item["id"] for item in found)


def test_a_search_gives_every_item_in_small_pages(any_archive: LiveArchive) -> None:
    found, pages = post(any_archive, limit=1000)
    assert ids(found) == sorted(product.id for product in any_archive.products)
    assert pages == -(-len(any_archive.products) // PAGE) > 2
    assert any_archive.server.requests("/stac/search", "POST") == pages


def test_pages_by_get_lead_on_through_the_same_address(any_archive: LiveArchive) -> None:
    found: list[dict[str, Any]] = []
    url = f"{any_archive.api}/search?limit=1000"
    while url:
        assert url.startswith(any_archive.api)
        answer = httpx.get(url, trust_env=False).json()
        assert len(answer["features"]) <= PAGE
        found += answer["features"]
        url = next((link["href"] for link in answer["links"] if link["rel"] == "next"), "")
    assert ids(found) == sorted(product.id for product in any_archive.products)


def test_dates_boxes_outlines_and_collections_bound_a_search(any_archive: LiveArchive) -> None:
    products = any_archive.products
    found, _ = post(any_archive, datetime="2025-11-01T00:00:00Z/2025-11-30T23:59:59Z")
    assert ids(found) == sorted(p.id for p in products if "2025-11" in p.when)
    assert len(found) == 6
    corner = Product("2025-01-01T00:00:00Z", WEST).tile.place.footprint()["coordinates"][0][0]
    box = [corner[0] - 1e-4, corner[1] - 1e-4, corner[0] + 1e-4, corner[1] + 1e-4]
    found, _ = post(any_archive, bbox=box)
    assert ids(found) == sorted(p.id for p in products if p.tile is WEST)
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    by_outline, _ = post(any_archive, intersects={"type": "Polygon", "coordinates": [ring]})
    assert ids(by_outline) == ids(found)
    assert len(post(any_archive, collections=["sentinel-2-l2a"])[0]) == len(products)
    assert post(any_archive, collections=["another"])[0] == []


def test_the_api_describes_itself_and_its_collection(any_archive: LiveArchive) -> None:
    root = httpx.get(any_archive.api, trust_env=False).json()
    assert any("item-search" in kind for kind in root["conformsTo"])
    collection = httpx.get(f"{any_archive.api}/collections/sentinel-2-l2a", trust_env=False).json()
    assert collection["type"] == "Collection"
    assert all(link["href"].startswith(any_archive.server.url) for link in root["links"])


def test_items_keep_what_decides_about_the_offset(any_archive: LiveArchive) -> None:
    found, _ = post(any_archive)
    by_id = {item["id"]: item for item in found}
    for document in any_archive.documents:
        served = by_id[document["id"]]
        for name, value in document["properties"].items():
            if name != "datetime":
                assert served["properties"][name] == value
        assert served["assets"] == document["assets"]


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_what_claims_to_sort_sorts_across_pages(pgstac_archive: LiveArchive, direction: str) -> None:
    root = httpx.get(pgstac_archive.api, trust_env=False).json()
    assert any(kind.endswith("item-search#sort") for kind in root["conformsTo"])
    found, pages = post(pgstac_archive, sortby=[{"field": "properties.datetime", "direction": direction}])
    times = [item["properties"]["datetime"] for item in found]
    assert times == sorted(times, reverse=direction == "desc")
    assert len(set(times)) == len(times) == len(pgstac_archive.products)
    assert pages > 2


def test_what_does_not_claim_to_sort_does_not(live_archive: LiveArchive) -> None:
    root = httpx.get(live_archive.api, trust_env=False).json()
    assert not any("sort" in kind for kind in root["conformsTo"])
    found, _ = post(live_archive, sortby=[{"field": "properties.datetime", "direction": "desc"}])
    assert found[0]["id"] == live_archive.products[0].id


def test_an_asset_of_a_found_item_is_read_by_ranges(live_archive: LiveArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("http_proxy", raising=False)
    product = live_archive.products[1]
    found, _ = post(live_archive, ids=[product.id])
    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_HTTP_PROXY="", GDAL_HTTP_MAX_RETRY="0"):
        with rasterio.open("/vsicurl/" + found[0]["assets"]["red"]["href"]) as source:
            assert source.crs.to_epsg() == product.tile.place.epsg
            np.testing.assert_array_equal(source.read(1), product.counts("red"))
    path = live_archive.written.path(product, "red")
    assert live_archive.server.requests(path) >= 1
    assert all(s.range for s in live_archive.server.seen(path, "GET"))


def test_faults_hit_the_api_too_and_end_with_the_test(live_archive: LiveArchive) -> None:
    live_archive.server.fault("/stac/search", refuse(503, retry_after=0), skip=1, times=1)
    statuses = [httpx.get(f"{live_archive.api}/search", trust_env=False).status_code for _ in range(3)]
    assert statuses == [200, 503, 200]
    live_archive.server.reset()
    assert httpx.get(f"{live_archive.api}/search", trust_env=False).status_code == 200


def test_a_test_publishes_products_of_its_own(publish: Callable[..., LiveArchive]) -> None:
    like = {"archive": COPERNICUS, "bands": ("red", "scl")}
    live = publish([Product("2026-01-05T03:40:11Z", tile, **like) for tile in (WEST, EAST, ABROAD)], page=2)
    found, pages = post(live)
    assert (len(found), pages) == (3, 2)
    asset = found[0]["assets"]["B04_10m"]
    assert asset["href"].startswith(live.server.url)
    answer = httpx.get(asset["href"], trust_env=False)
    assert len(answer.content) == asset["file:size"]
    assert os.path.basename(asset["href"]).endswith("_red.tif")
