"""Where the province ends: gaps between outlines, the uncertain line, other boundaries."""

import dataclasses
import json
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, box, mapping
from worlds import LATER, SETTINGS, World

from eradication import geo
from eradication.domain import AdminUnit, Season
from eradication.ingest.dividing import divider
from eradication.ledger import Scope
from eradication.ledger import account as ledger_of
from eradication.pipeline import accounts, main_path
from eradication.pipeline.counting import Counting
from eradication.pipeline.workspace import Workspace
from eradication.store.memory import MemoryStore

LINE = LineString([(104.60, 20.0), (104.60, 22.0)])
"""The western edge of the office's communes."""
HEAD = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method,destroyed_by\n"


def east(metres: float, lat: float = 21.0) -> float:
    lon, _, _ = geo.GEOD.fwd(104.60, lat, 90.0, metres)
    return float(lon)


def entered(office, folder, rows: str):
    table = folder / "visits.csv"
    table.write_text(HEAD + rows)
    assert {row["status"] for row in main_path.record_visits(office, table)["visits"]} == {"accepted"}


def ledger(office):
    return accounts.ledger(office, accounts.Question(Season(2025)))


@pytest.fixture
def bordered(office, tmp_path):
    """The office with a border line on its western edge, known to within 100 m."""
    path = tmp_path / "border.geojson"
    feature = {"type": "Feature", "properties": {}, "geometry": mapping(LINE)}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    distances = dataclasses.replace(office.settings.distances, border=str(path))
    return dataclasses.replace(office, settings=dataclasses.replace(office.settings, distances=distances))


def test_what_lies_within_the_uncertainty_of_the_line_is_on_no_side(bordered, tmp_path):
    rows = "".join(
        f"{n},{east(metres)},21.0,2026-02-0{n}T08:00+07:00,BP-1,S1;S2,detected,{area},tape,\n"
        for n, (metres, area) in enumerate([(-500.0, 400), (-60.0, 300), (60.0, 200), (500.0, 100)], start=1)
    )
    entered(bordered, tmp_path, rows)
    told = ledger(bordered)
    assert told["total"]["detected_m2"] == 100
    assert (told["abroad"]["outside"]["detected_m2"], told["abroad"]["unclear"]["detected_m2"]) == (400, 500)
    assert [row["plots"] for row in told["rows"]] == [1]
    (sign,) = [sign for sign in told["signs"] if sign["code"] == "abroad"]
    assert (sign["value"], sign["of"], sign["m2"], sign["marked"]) == (3, 2, 900, True)


def test_without_a_line_the_outlines_alone_decide(office, tmp_path):
    entered(office, tmp_path, f"1,{east(60)},21.0,2026-02-01T08:00+07:00,BP-1,S1;S2,detected,200,tape,\n")
    assert ledger(office)["total"]["detected_m2"] == 200


def unit(code: str, west: float, east_: float, *, approximate: bool = False) -> AdminUnit:
    outline = box(west, 20.0, east_, 22.0)
    return AdminUnit(code, code, date(2025, 7, 1), None, outline, west, 21.0, None, approximate, "test")


def test_a_plot_in_a_gap_between_outlines_belongs_to_the_nearest_and_one_beyond_to_none():
    gap = [unit("A", 104.0, 104.6), unit("B", east(40.0), 105.0)]
    divide = divider(gap, date(2026, 1, 1), 30.0)
    spots = [geo.disc(east(metres), 21.0, 20.0) for metres in (10.0, 35.0)]
    assert [dict(shares) for shares in divide(spots)] == [{"A": 1.0}, {"B": 1.0}]
    beyond = [geo.disc(104.0 - 0.001, 21.0, 20.0)]
    assert divide(beyond) == [{}]
    stand_in = divider([unit("A", 104.0, 104.6, approximate=True)], date(2026, 1, 1), 30.0)
    assert [dict(shares) for shares in stand_in(beyond)] == [{"A": 1.0}]


def test_ground_that_two_outlines_claim_is_divided_once():
    divide = divider([unit("A", 104.0, 104.61), unit("B", 104.60, 105.0)], date(2026, 1, 1), 30.0)
    (shares,) = divide([box(104.605, 21.0, 104.615, 21.001)])
    assert shares == pytest.approx({"A": 0.5, "B": 0.5})


def test_a_total_on_other_boundaries_says_how_many_plots_were_re_based(office, tmp_path):
    with office.store.transaction() as transaction:
        old = dataclasses.replace(unit("00001", 104.0, 106.0), valid_from=date(2000, 1, 1), valid_to=date(2025, 6, 30))
        transaction.add_units([old], [])
    entered(office, tmp_path, "1,104.7,21.0,2026-02-01T08:00+07:00,BP-1,S1;S2,detected,200,tape,\n")
    now, then = (
        accounts.ledger(office, accounts.Question(Season(2025), vintage=vintage))
        for vintage in (None, date(2024, 1, 1))
    )
    assert [(row["key"], row["detected_m2"]) for row in now["rows"]] == [("04048", 200)]
    assert [(row["key"], row["detected_m2"]) for row in then["rows"]] == [("00001", 200)]
    assert (now["rebased"]["plots"], now["rebased"]["mark"]) == (0, "")
    assert (then["rebased"]["plots"], then["rebased"]["mark"]) == (1, "estimated_conversion")


REFORM = date(2025, 7, 1)


def old_boundaries(office, west: float) -> None:
    """One commune until the reform, from a meridian on, whose outline is not that of the two since."""
    with office.store.transaction() as transaction:
        old = dataclasses.replace(unit("00001", west, 105.2), valid_from=date(2000, 1, 1), valid_to=date(2025, 6, 30))
        transaction.add_units([old], [])


def on_both(office) -> tuple[dict, dict]:
    """The ledger on the communes in force and on those before the reform."""
    now, then = (
        accounts.ledger(office, accounts.Question(Season(2025), vintage=vintage))
        for vintage in (None, date(2025, 1, 1))
    )
    return now, then


def test_a_plot_abroad_stays_abroad_although_an_older_outline_holds_it(office, tmp_path):
    old_boundaries(office, 104.0)
    rows = "1,104.5,21.0,2026-02-01T08:00+07:00,BP-1,S1;S2,detected,444,tape,\n"
    entered(office, tmp_path, rows + "2,104.7,21.0,2026-02-02T08:00+07:00,BP-1,S1;S2,detected,200,tape,\n")
    now, then = on_both(office)
    for told in (now, then):
        assert (told["total"]["detected_m2"], told["abroad"]["outside"]["detected_m2"]) == (200, 444)
    assert [(row["key"], row["detected_m2"]) for row in then["rows"]] == [("00001", 200)]


def test_a_plot_that_older_outlines_do_not_hold_stays_in_the_total_with_the_nearest_commune_or_none(office, tmp_path):
    old_boundaries(office, east(10_000.0))
    rows = "1,104.75,21.0,2026-02-01T08:00+07:00,BP-1,S1;S2,detected,400,tape,\n"
    rows += f"2,{east(9_000.0)},21.0,2026-02-02T08:00+07:00,BP-1,S1;S2,detected,30,tape,\n"
    rows += f"3,{east(2_000.0)},21.0,2026-02-03T08:00+07:00,BP-1,S1;S2,detected,7,tape,\n"
    entered(office, tmp_path, rows)
    now, then = on_both(office)
    assert now["total"]["detected_m2"] == then["total"]["detected_m2"] == 437
    assert [(row["key"], row["name"], row["detected_m2"]) for row in then["rows"]] == [
        ("00001", "00001", 430),
        ("", "outside every commune", 7),
    ]
    assert then["abroad"]["outside"]["plots"] == 0


def test_a_vintage_of_the_same_outlines_is_told_as_those_in_force(office, tmp_path):
    entered(office, tmp_path, f"1,{east(-500.0)},21.0,2026-02-01T08:00+07:00,BP-1,S1;S2,detected,444,tape,\n")
    told = accounts.ledger(office, accounts.Question(Season(2025), vintage=REFORM))
    assert (told["total"]["detected_m2"], told["abroad"]["outside"]["detected_m2"]) == (0, 444)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.floats(104.55, 104.75), st.floats(50.0, 4000.0)), min_size=1, max_size=5),
    st.lists(st.floats(104.4, 105.3), min_size=2, max_size=2, unique=True),
)
def test_the_total_is_the_same_on_every_vintage(tmp_path_factory, places, edges):
    now = [unit("A", 104.60, 104.65), unit("B", 104.65, 105.0)]
    west, east_ = sorted(edges)
    old = [dataclasses.replace(unit("O", west, east_), valid_from=date(2000, 1, 1), valid_to=date(2025, 6, 30))]
    world = World()
    for number, (lon, area) in enumerate(places):
        world.visit("detected", (lon, 20.5 + 0.1 * number), area_m2=area)
    with MemoryStore() as store:
        workspace = Workspace(tmp_path_factory.getbasetemp(), SETTINGS, store)
        rows = [
            Counting(workspace, [*now, *old], date(2027, 1, 1), vintage).entries(world.told().episodes)
            for vintage in (None, date(2025, 1, 1))
        ]
    (first, second) = (ledger_of(entries, Scope(), as_of=LATER) for entries in rows)
    assert first["total"] == second["total"]
    assert first["abroad"] == second["abroad"]
    assert sum(row["detected_m2"] for row in second["rows"]) == first["total"]["detected_m2"]


def test_area_season_on_season_stands_beside_its_effort(office, tmp_path):
    rows = (
        "1,104.70,20.80,2025-02-01T08:00+07:00,BP-1,S1;S2,detected,300,tape,\n"
        "2,104.80,20.90,2026-02-03T08:00+07:00,BP-1,S1;S2,detected,200,tape,\n"
    )
    entered(office, tmp_path, rows)
    told = [(row["season"], row["detected_m2"], row["km"]) for row in ledger(office)["by_season"]]
    assert told == [("2024-2025", 300, 0.0), ("2025-2026", 200, 0.0)]
