"""Source profiles: data that is checked to the key, and recognises real items of real archives."""

import json
from pathlib import Path
from typing import Any

import pystac
import pytest

from eradication import sources
from eradication.errors import UnusableInput
from eradication.ingest import bands, boa
from eradication.raster import BANDS

GOOD = """
name = "own"
licence = "ours"
attribution = "us"
[title]
vi = "Kho của ta"
en = "Our own"
"""


def wrong(text: str) -> UnusableInput:
    with pytest.raises(UnusableInput) as error:
        sources.parse(text, "own.toml")
    assert error.value.kind == "bad_source"
    assert error.value.hint
    return error.value


def test_the_shipped_profiles_are_whole():
    shipped = sources.shipped()
    assert set(shipped) == {"any-archive", "copernicus", "earth-search", "geotiff", "planetary-computer"}
    for name in ("copernicus", "earth-search", "planetary-computer"):
        profile = shipped[name]
        assert set(profile.bands) == {*BANDS, "scl"}
        assert profile.api.startswith("https://")
        assert profile.revisit_days == 5
        assert "Copernicus" in profile.attribution
        assert set(profile.title) == {"vi", "en"}
        assert not any(host.startswith("*") and host.count(".") < 2 for host in profile.access.hosts)


def test_a_profile_needs_little():
    profile = sources.parse(GOOD, "own.toml")
    assert (profile.name, profile.bands, profile.access.signing) == ("own", {}, "none")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("name = ", "own.toml"),
        ("", "own.toml: name"),
        (GOOD.replace('name = "own"', 'name = "../own"'), "own.toml: name"),
        (GOOD.replace('name = "own"', "name = 7"), "own.toml: name"),
        (GOOD.replace('vi = "Kho của ta"', ""), "own.toml: title"),
        (GOOD.replace('licence = "ours"', ""), "own.toml: licence"),
        ('colour = "red"\n' + GOOD, "own.toml: colour"),
        ('api = "ftp://x"\n' + GOOD, "own.toml: api"),
        ('revisit_days = "five"\n' + GOOD, "own.toml: revisit_days"),
        ("revisit_days = -1\n" + GOOD, "own.toml: revisit_days"),
        (GOOD + "[bands]\npurple = 'B1'", "own.toml: bands.purple"),
        (GOOD + "[bands]\nred = 4", "own.toml: bands.red"),
        (GOOD + "[bands]\nred = []", "own.toml: bands.red"),
        (GOOD + "[bands]\nred = { asset = 'x', index = 0 }", "own.toml: bands.red"),
        ("bands = 3\n" + GOOD, "own.toml: bands"),
        (GOOD + "[recognise]\nid = '('", "own.toml: recognise.id"),
        (GOOD + "[recognise]\nhosts = 'x'", "own.toml: recognise.hosts"),
        (GOOD + "[reflectance]\noffset_from = ['luck']", "own.toml: reflectance.offset_from"),
        (GOOD + "[reflectance]\noffset_from = []", "own.toml: reflectance.offset_from"),
        (GOOD + "[reflectance]\nscale = 0.0", "own.toml: reflectance.scale"),
        (GOOD + "[access]\nsigning = 'magic'", "own.toml: access.signing"),
        (GOOD + "[access]\nsigning = 'bearer'\nhosts = ['x']", "own.toml: access.signing"),
        (GOOD + "[access]\nsigning = 'bearer'\ntoken_env = 'T'", "own.toml: access.hosts"),
        (GOOD + "[access]\ntoken_url = 'file:///etc/passwd'", "own.toml: access.token_url"),
        (GOOD + "[access]\npassword = 'x'", "own.toml: access.password"),
    ],
)
def test_every_mistake_is_named_with_file_and_key(text, where):
    assert wrong(text).where == where


def test_own_profiles_come_first_and_replace_shipped_ones(tmp_path):
    (tmp_path / "a.toml").write_text(GOOD)
    (tmp_path / "b.toml").write_text(GOOD.replace('"own"', '"earth-search"'))
    known = sources.all_of(tmp_path)
    assert list(known)[:2] == ["own", "earth-search"]
    assert known["earth-search"].licence == "ours"
    assert known["copernicus"] == sources.shipped()["copernicus"]
    assert sources.all_of(tmp_path / "nowhere") == dict(sources.shipped())


def test_two_files_of_one_name_and_files_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "a.toml").write_text(GOOD)
    (tmp_path / "b.toml").write_text(GOOD)
    with pytest.raises(UnusableInput, match="already"):
        sources.all_of(tmp_path)
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe" * 9)
    with pytest.raises(UnusableInput, match="UTF-8"):
        sources.all_of(tmp_path)


def test_a_profile_is_named_by_its_name_or_the_host_of_its_api():
    known = sources.shipped()
    assert sources.named("earth-search", known) is known["earth-search"]
    assert sources.named("https://earth-search.aws.element84.com/v1/search", known) is known["earth-search"]
    assert sources.named("https://elsewhere.example", known) is None
    assert sources.named("any-archive", known) is None


def real(shared_data: Path, name: str) -> dict[str, Any]:
    return json.loads((shared_data / "stac" / name).read_text())


def test_real_items_are_recognised_by_what_only_their_archive_writes(shared_data):
    earth = real(shared_data, "odc-stac/S2A_28QCH_20200714_0_L2A.json")
    planetary = real(shared_data, "odc-stac/S2B_MSIL2A_20190629T212529_R043_T06VVN_20201006T080531.json")
    landsat = real(shared_data, "odc-stac/LC08_L2SP_028030_20200114_20200824_02_T1_SR.json")
    found = [sources.recognise(sources.marks_of(item)).name for item in (earth, planetary, landsat)]
    assert found == ["earth-search", "planetary-computer", "any-archive"]


def test_the_real_collection_of_copernicus_has_the_assets_its_profile_names(shared_data):
    collection = real(shared_data, "openeo-client/collections/cdse-sentinel-2-l2a.json")
    profile = sources.shipped()["copernicus"]
    named = {place.key for places in profile.bands.values() for place in places}
    assert named <= set(collection["item_assets"])
    for places in profile.bands.values():
        assert profile.access.alternate in collection["item_assets"][places[0].key]["alternate"]


def test_profiles_and_general_names_find_the_same_assets_of_real_items(shared_data):
    seen = 0
    for path in sorted((shared_data / "stac").rglob("*.json")):
        document = json.loads(path.read_text())
        if not isinstance(document, dict) or document.get("type") != "Feature":
            continue
        profile = sources.recognise(sources.marks_of(document))
        if not profile.bands:
            continue
        item = pystac.Item.from_dict(document, migrate=True, preserve_dict=False)
        by_profile, by_names = bands.resolve(item, profile), bands.resolve(item)
        assert {b: a.key for b, a in by_profile.items()} == {b: a.key for b, a in by_names.items()}
        seen += 1
    assert seen >= 3


def item(**properties: Any) -> pystac.Item:
    document = {
        "type": "Feature", "stac_version": "1.0.0", "id": "x", "geometry": None, "links": [], "assets": {},
        "properties": {"datetime": "2026-01-05T03:40:00Z", **{k.replace("__", ":"): v for k, v in properties.items()}},
    }  # fmt: skip
    return pystac.Item.from_dict(document, preserve_dict=False)


def with_rule(*rules: str, offset: float = -0.1) -> sources.Profile:
    text = GOOD + f"[reflectance]\noffset_from = {list(rules)}\noffset = {offset}\n"
    return sources.parse(text, "own.toml")


def test_the_order_in_a_profile_decides_about_the_offset():
    told = item(own__shifted=True, s2__processing_baseline="05.11")
    band = bands.BandAsset("red", "red", "red.tif", scale=1e-4, offset=-0.1)
    for rules, offset, name in (
        (("own:shifted", "raster:bands"), 0.0, "own:shifted"),
        (("raster:bands", "own:shifted"), -0.1, "raster:bands"),
        (("baseline",), -0.1, "baseline"),
        (("stated",), 0.0, "raster:bands"),
        (("profile",), -0.1, "profile"),
    ):
        assert boa.calibrate(told, band, "uint16", with_rule(*rules)) == boa.Calibration(1e-4, offset, name)
    bare = bands.BandAsset("red", "red", "red.tif")
    assert boa.calibrate(item(), bare, "uint16", with_rule("own:shifted", "raster:bands", "baseline")) is None
    assert boa.calibrate(item(), bare, "uint16", with_rule("profile", offset=0.0)) == boa.Calibration(
        1e-4, 0.0, "profile"
    )


def test_a_band_inside_a_file_is_named_by_its_number():
    profile = sources.parse(GOOD + '[bands]\nred = { asset = "all", index = 3 }\nblue = ["b", "all"]\n', "own.toml")
    one = item()
    one.add_asset("all", pystac.Asset("all.tif"))
    found = bands.resolve(one, profile)
    assert (found["red"].key, found["red"].index) == ("all", 3)
    assert (found["blue"].key, found["blue"].index) == ("all", 1)
    assert set(found) == {"red", "blue"}
