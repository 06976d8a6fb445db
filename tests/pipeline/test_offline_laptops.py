"""Laptops that were offline for weeks become one ledger, whatever the order in which their bundles meet."""

import csv
import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eradication.cli import main
from eradication.domain import TIMEZONE, Season
from eradication.i18n import translator
from eradication.pipeline import Workspace, created, opened, settings_for
from eradication.pipeline.accounts import Question, ledger
from eradication.pipeline.exchange import export_bundle, import_bundles
from eradication.pipeline.main_path import found_workspace, record_visits

LAPTOPS = 5
SEASON = Season(2025)
START = datetime(2026, 1, 10, 2, tzinfo=UTC)
COLUMNS = (
    "visit_id", "lon", "lat", "visited_at", "unit", "officers", "outcome", "area_m2", "area_method",
    "destroyed_fraction", "minutes_no", "photo_before", "photo_after",
)  # fmt: skip


def row(number: int, unit: int, day: int, outcome: str, lon: float, **more: object) -> dict[str, object]:
    base = {
        "visit_id": f"V{number}",
        "lon": round(lon, 6),
        "lat": 20.79,
        "visited_at": (START + timedelta(days=day)).isoformat(),
        "unit": f"U{unit}",
        "officers": f"{unit}-a;{unit}-b",
        "outcome": outcome,
    }
    return base | more


def rows_of(laptop: int) -> list[dict[str, object]]:
    """Each laptop finds its own plots, destroys some, and checks what its neighbour destroyed."""
    rows = []
    for k in range(3):
        own, next_one = 104.80 + 0.01 * laptop + 0.002 * k, 104.80 + 0.01 * ((laptop + 1) % LAPTOPS) + 0.002 * k
        area = 100 + 40 * laptop + 10 * k
        found = {"area_m2": area, "area_method": "tape"}
        rows.append(row(10 * k, laptop, 2 * laptop, "detected", own, **found))
        rows.append(row(10 * k, laptop, 2 * laptop, "eradicated", own, destroyed_fraction=1 if k else 0.5))
        rows.append(row(10 * k + 1, laptop, 30 + laptop, "verified", next_one))
    # All laptops also found the same plot, each a few metres off.
    common = {"area_m2": 300, "area_method": "pace"}
    rows.append(row(99, laptop, laptop, "detected", 104.9 + 2e-5 * laptop, **common))
    return rows


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One bundle of each of five laptops."""
    folder = tmp_path_factory.mktemp("laptops")
    written = []
    for laptop in range(LAPTOPS):
        table = folder / f"visits-{laptop}.csv"
        with table.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, COLUMNS)
            writer.writeheader()
            writer.writerows(rows_of(laptop))
        with created(folder / f"laptop-{laptop}", settings_for("Sơn La")) as workspace:
            found_workspace(workspace)
            told = record_visits(workspace, table)
            assert {visit["status"] for visit in told["visits"]} == {"accepted"}
            written.append(folder / f"laptop-{laptop}.zip")
            export_bundle(workspace, written[-1], None)
    return written


def office_ledger(workspace: Workspace, when: datetime) -> bytes:
    return json.dumps(ledger(workspace, Question(SEASON, as_of=when)), sort_keys=True).encode()


def merged(folder: Path, order: list[Path], when: datetime) -> bytes:
    with created(folder, settings_for("Sơn La")) as workspace:
        found_workspace(workspace)
        for path in order:
            (told,) = import_bundles(workspace, [path], translator("en"))["bundles"]
            assert told["status"] == "accepted"
        return office_ledger(workspace, when)


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(LAPTOPS)), repeated=st.integers(0, LAPTOPS - 1))
def test_five_laptops_give_the_same_ledger_to_the_byte_in_any_order(bundles, tmp_path_factory, order, repeated):
    when = datetime.now(TIMEZONE).replace(hour=23, minute=59, second=59, microsecond=0).astimezone(UTC)
    folder = tmp_path_factory.mktemp("office")
    straight = merged(folder / "straight", bundles, when)
    shuffled = merged(folder / "shuffled", [*(bundles[i] for i in order), bundles[repeated]], when)
    assert shuffled == straight


def test_the_merged_ledger_counts_each_plot_once(bundles, tmp_path):
    with created(tmp_path / "office", settings_for("Sơn La")) as workspace:
        found_workspace(workspace)
        import_bundles(workspace, bundles, translator("en"))
        total = ledger(workspace, Question(SEASON))["total"]
    own = sum(100 + 40 * laptop + 10 * k for laptop, k in itertools.product(range(LAPTOPS), range(3)))
    halves = sum((100 + 40 * laptop) // 2 for laptop in range(LAPTOPS))
    assert total["detected_m2"] == own + 300
    assert total["plots"] == 3 * LAPTOPS + 1
    assert total["claimed_m2"] == total["verified_m2"] == own - halves


def test_bundles_travel_by_the_command_line_and_bad_ones_are_refused(bundles, tmp_path, capsys):
    folder = tmp_path / "office"
    assert main(["--json", "init", str(folder)]) == 0
    broken = tmp_path / "broken.zip"
    broken.write_bytes(bundles[0].read_bytes()[:-200])
    capsys.readouterr()
    assert main(["--workspace", str(folder), "--json", "bundle", "import", str(bundles[0]), str(broken)]) == 3
    good, bad = json.loads(capsys.readouterr().out)["bundles"]
    assert (good["status"], bad["status"]) == ("accepted", "refused")
    assert bad["reason"]
    assert bad["message"]
    assert main(["--workspace", str(folder), "--json", "audit", "verify"]) == 0
    origins = json.loads(capsys.readouterr().out)["origins"]
    assert len(origins) == 2
    with opened(folder) as workspace:
        assert len(workspace.store.origins()) == 2
