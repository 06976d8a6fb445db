"""What the simulator writes goes through the same doors as what officers hand in."""

from datetime import UTC, datetime

import pytest

from eradication import simulation
from eradication.config import Settings
from eradication.domain import Season
from eradication.ingest import patrols, visits

NOW = datetime(2026, 6, 30, tzinfo=UTC)
ZONE = "Asia/Ho_Chi_Minh"


@pytest.fixture(scope="module")
def world() -> simulation.World:
    return simulation.build(simulation.Recipe(seed=6, season=Season(2025), size_px=96, plots=10))


def test_every_row_of_a_visit_table_is_taken_without_a_failed_check(world, tmp_path):
    table = simulation.training_visits(world)
    path = simulation.write_table(table, tmp_path / "visits.csv")
    rows = visits.read(path, settings=Settings(), now=NOW, timezone=ZONE)
    assert len(rows) == len(table) > 50
    assert [(row.line, row.reason) for row in rows if row.visit is None] == []
    assert [(row.line, row.checks) for row in rows if row.checks] == []


def test_tracks_are_accepted_and_most_fixes_kept_but_not_all(world, tmp_path):
    paths = simulation.write_patrols(world, simulation.draw_patrols(world, count=12), tmp_path)
    files = [patrols.read(path, timezone=ZONE, settings=Settings(), now=NOW) for path in paths]
    assert [file.status for file in files] == ["accepted"] * 12
    walks = [walk for file in files for walk in file.patrols]
    total, kept = sum(walk.total for walk in walks), sum(walk.kept for walk in walks)
    assert 0.5 < kept / total < 1.0
    assert {"spike", "poor_dilution", "stationary"} <= {mark for walk in walks for mark in walk.marked}
    assert all(0.3 < walk.length_km < 20 for walk in walks)
