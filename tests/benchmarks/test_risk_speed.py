"""How long the risk surface of the whole province takes, with its files, from a cold start (make bench-plan).

The communes are the real ones of 2025; heights, roads, villages, rivers, forest, walks and finds are simulated.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from risk_world import finds, supplied, walk, ways

from eradication.domain import TIMEZONE, Season
from eradication.pipeline import main_path
from eradication.pipeline.risk import ground, season, surface, writing
from eradication.pipeline.workspace import Workspace, created, settings_for
from eradication.report import risk_files, risk_map

pytestmark = pytest.mark.bench_plan

BOUNDS = (103.15, 20.5, 105.1, 22.1)
INSIDE = (103.6, 20.9, 104.7, 21.6)
SEASONS = range(2021, 2026)
WALKS = 24
MOST_S = 60.0

PARTS = (
    ("ground of the cells", ground, "_measured"),
    ("seasons: search, finds, past", season, "rows"),
    ("fit", surface, "_fitted"),
    ("GeoTIFF", risk_files, "write_raster"),
    ("GeoPackage", risk_files, "write_layer"),
    ("page", risk_map, "render"),
)


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[Workspace]:
    rng = np.random.default_rng(7)
    with created(tmp_path_factory.mktemp("province") / "office", settings_for("Sơn La", simulated=True)) as workspace:
        main_path.found_workspace(workspace)
        communes = shared_data / "boundaries" / "sonla_communes_2025.geojson"
        main_path.import_boundaries(workspace, communes, date(2025, 7, 1), None)
        desk = supplied(workspace, BOUNDS, 2000, 1 / 3600)
        for year in SEASONS:
            seen = []
            for number in range(WALKS):
                start = datetime(year + 1, 1, 5, 8, tzinfo=TIMEZONE) + timedelta(days=3 * number)
                (line,) = ways(INSIDE, 1, rng)
                walk(desk, f"BP{number % 6 + 1:02d}", list(line.coords), start)
                seen += [(*line.coords[k], start.date().isoformat(), f"BP{number % 6 + 1:02d}") for k in (5, 20)]
            finds(desk, seen)
        yield desk


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, float]]:
    """Count the seconds that parts take."""
    spent: dict[str, float] = {}

    def timed(name: str, do: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **options: Any) -> Any:
            began = time.perf_counter()
            try:
                return do(*args, **options)
            finally:
                spent[name] = spent.get(name, 0.0) + time.perf_counter() - began

        return run

    with monkeypatch.context() as patch:
        for name, module, function in PARTS:
            patch.setattr(module, function, timed(name, getattr(module, function)))
        yield spent


def run(desk: Workspace, out: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[float, float, dict[str, float], Any]:
    with watched(monkeypatch) as spent:
        began, busy = time.perf_counter(), time.process_time()
        answer = writing.written(desk, surface.Wish(Season(2025)), out, "vi")
        return time.perf_counter() - began, time.process_time() - busy, spent, answer


def test_the_risk_of_the_whole_province_takes_no_longer_than_a_minute(province, tmp_path, monkeypatch, capsys):
    cold, busy, parts, answer = run(province, tmp_path / "cold", monkeypatch)
    warm, _, _, again = run(province, tmp_path / "warm", monkeypatch)
    with capsys.disabled():
        print(f"\nrisk map, {answer['cells']} cells of the province (simulated ground), {len(SEASONS)} seasons")
        print(f"  cold, with writing: {cold:.1f} s ({busy:.1f} s of one processor)")
        for name, seconds in parts.items():
            print(f"    {name}: {seconds:.1f} s")
        print(f"  again, ground and search kept: {warm:.1f} s")
    assert answer["cells"] > 220_000
    assert answer["total"] == again["total"]
    assert cold <= MOST_S
    assert warm < cold
