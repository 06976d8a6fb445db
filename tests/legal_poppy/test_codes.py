"""Which declared crops are poppy: codes of HCAT3, national tables, and the tables as EuroCrops ships them."""

import csv
from pathlib import Path

import pytest

from eradication.config import Settings
from eradication.domain import LookAlike
from eradication.errors import UnusableInput
from eradication.ingest import parcels
from eradication.legal_poppy import GROUPS, Kind, group_of, hcat_of, kind_of, table_of

POPPY = {"3301060600": Kind.UNSTATED, "3301060601": Kind.WINTER, "3301060602": Kind.SUMMER}


@pytest.mark.parametrize(("code", "kind"), POPPY.items())
def test_poppy_has_its_kind_and_is_no_look_alike(code, kind):
    assert kind_of(code) is kind
    assert group_of(code) is None


@pytest.mark.parametrize(
    ("code", "name", "look_alike"),
    [
        ("3301210100", "mustard", LookAlike.MUSTARD_GREENS),
        ("3301210210", "vegetables", LookAlike.WINTER_VEGETABLES),
        ("3303011300", "stone fruit", LookAlike.PLUM_BLOSSOM),
        ("3303010200", "orchards", LookAlike.OTHER),
        ("3301010101", "cereals", LookAlike.OTHER),
        ("3301010600", "maize", LookAlike.OTHER),
        ("3301090400", "maize", LookAlike.OTHER),
        ("3302000000", "grass", LookAlike.OTHER),
        ("3301060401", "rapeseed", LookAlike.OTHER),
    ],
)
def test_the_longest_prefix_decides_what_a_look_alike_is(code, name, look_alike):
    group = group_of(code)
    assert (group.name, group.look_alike) == (name, look_alike)
    assert kind_of(code) is None


@pytest.mark.parametrize("code", ["3306000000", "3305000000", "3301060200", ""])
def test_the_rest_is_neither(code):
    assert (kind_of(code), group_of(code)) == (None, None)


def test_a_table_finds_by_code_or_name_whatever_the_zeros_and_the_case():
    table = table_of(
        [
            {"original_code": "031", "original_name": "Vrtni  mak", "HCAT3_code": "3301060602"},
            {"original_code": "", "original_name": "Hopfen", "HCAT3_code": "3301060200"},
        ]
    )
    assert [hcat_of(text, table) for text in ("031", "31", "vrtni mak", "hopfen")] == ["3301060602"] * 3 + [
        "3301060200"
    ]
    assert hcat_of("99", table) == ""
    assert hcat_of("3301060600", table) == "3301060600"


def test_a_text_that_stands_for_two_crops_finds_none():
    rows = [{"original_name": "mak", "HCAT3_code": code} for code in ("3301060602", "3301060200")]
    assert hcat_of("mak", table_of([*rows, {"original_name": "a", "HCAT3_code": "3302000000"}])) == ""


def test_without_a_table_only_codes_of_hcat_are_known():
    assert [hcat_of(text) for text in ("706", "3301060600", "33010606", "poppy")] == ["", "3301060600", "", ""]


def test_a_table_without_codes_is_refused():
    with pytest.raises(UnusableInput) as caught:
        table_of([{"ewoc_code": "11-09-00-052-0", "label_full": "poppy"}], "x.csv")
    assert caught.value.kind == "no_crop_codes"


def test_a_table_of_a_spreadsheet_is_read_with_semicolons_a_mark_and_western_letters(tmp_path):
    rows = "original_code;original_name;HCAT3_code\r\n138;Œillette;3301060600\r\n"
    marked, western = tmp_path / "a.csv", tmp_path / "b.csv"
    marked.write_bytes(b"\xef\xbb\xbf" + rows.encode())
    western.write_bytes(rows.replace("Œ", "É").encode("latin-1"))
    tables = [table_of(parcels.read_codes(path, Settings())) for path in (marked, western)]
    assert [hcat_of("138", table) for table in tables] == ["3301060600"] * 2
    assert hcat_of("éillette", tables[1]) == "3301060600"


@pytest.fixture(scope="module")
def tables(shared_data: Path) -> Path:
    folder = shared_data / "crop_codes"
    if not folder.is_dir():
        pytest.skip(f"no tables of crop codes at {folder}")
    return folder


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_prefixes_stand_for_what_hcat3_says(tables):
    names = {row["HCAT3_code"]: row["HCAT3_name"] for row in rows_of(tables / "hcat_core" / "HCAT3.csv")}
    assert [names[code] for code in POPPY] == ["poppy", "winter_poppy", "summer_poppy"]
    assert {code for code in names if kind_of(code)} == set(POPPY)
    said = {prefix: names[prefix.ljust(10, "0")] for prefix in GROUPS}
    assert said == {
        "330101": "cereal",
        "33010106": "grain_maize_corn_popcorn",
        "330102": "legumes_dried_pulses_protein_crops",
        "330103": "potatoes",
        "33010604": "rapeseed_rape",
        "33010607": "flax_linseed",
        "330107": "fresh_vegetables",
        "330108": "flowers_ornamental_plants",
        "330109": "plants_harvested_green",
        "33010904": "green_silo_maize",
        "33011502": "buckwheat",
        "330121": "brassicaceae_cruciferae",
        "33012101": "mustard",
        "330122": "alliums",
        "330129": "root_vegetables",
        "330131": "salads_lettuce_leaf_vegetables",
        "3302": "pasture_meadow_grassland_grass",
        "330301": "orchards_fruits",
        "33030103": "apricots",
        "33030104": "cherry_cherries",
        "33030109": "nectarine",
        "33030111": "peach",
        "33030113": "plums",
    }


@pytest.mark.parametrize(
    ("file", "code", "kind"),
    [
        ("at_2021", "509", Kind.SUMMER),
        ("at_2021", "510", Kind.WINTER),
        ("cz_2023", "536", Kind.WINTER),
        ("cz_2023", "550", Kind.SUMMER),
        ("de", "706", Kind.UNSTATED),
        ("dk_2019", "123", Kind.UNSTATED),
        ("es_2023", "138", Kind.UNSTATED),
        ("fr_2018", "OEI", Kind.UNSTATED),
        ("nl_2020", "247", Kind.UNSTATED),
        ("si_2021", "31", Kind.SUMMER),
        ("si_2021", "831", Kind.WINTER),
        ("sk_2021", "Mak siaty", Kind.UNSTATED),
    ],
)
def test_real_tables_of_countries_know_their_poppy(tables, file, code, kind):
    rows = rows_of(tables / "csvs" / "country_mappings" / f"{file}.csv")
    assert kind_of(hcat_of(code, table_of(rows))) is kind


def test_every_real_table_of_a_country_is_understood(tables):
    paths = sorted((tables / "csvs" / "country_mappings").glob("*.csv"))
    found = {path.stem: table_of(rows_of(path), path.name) for path in paths}
    assert len(found) == 27
    poppy = {name for name, table in found.items() if any(kind_of(code) for code in table.values())}
    assert poppy == {
        *("at_2021", "cz_2023", "de", "de_bb_2023", "de_ls_2021", "de_nrw_2021", "dk_2019", "es_2023", "fr_2018"),
        *("nl_2020", "si_2021", "sk_2021"),
    }


def test_a_real_table_goes_through_the_sandbox_unchanged(tables):
    path = tables / "csvs" / "country_mappings" / "cz_2023.csv"
    assert parcels.read_codes(path, Settings()) == rows_of(path)
