"""How well images tell a destruction of class A, on simulated seasons that the rule was not made on."""

from collections import Counter
from datetime import UTC, datetime, time

import numpy as np
import pytest

from eradication import simulation
from eradication.checks import spectral
from eradication.config import Settings
from eradication.domain import TIMEZONE, Detectability, Season
from eradication.ingest import imagery
from eradication.pipeline import blocks, greenness, projection
from eradication.progress import quiet
from eradication.simulation import stac

pytestmark = pytest.mark.bench
SEASON = Season(2025)


def judged(world, days, folder):
    """What the check says of each plot, as if all had been destroyed on their day."""
    settings = Settings()
    archive = imagery.find(str(stac.write(world, folder / "imagery")), SEASON, area=None, settings=settings)
    planned = blocks.plan([archive], settings, folder / "scans")
    places = {}
    for plot in world.plots:
        when = datetime.combine(world.date(days[plot.id]), time(9), TIMEZONE).astimezone(UTC)
        near = [p for p in world.plots if p.id != plot.id and p.polygon.distance(plot.polygon) < 100]
        places[plot.id] = greenness.Place(world.outline(plot), when, tuple(map(world.outline, near)))
    measured = greenness.measured_in(planned, places, quiet)
    now = projection.moment(archive.times[-1])
    return [
        spectral.check(Detectability.A, measured.get(name), place.when, 1.0, max(now, place.when + spectral.AFTER))
        for name, place in places.items()
    ]


def test_a_destruction_is_seen_where_there_was_one_and_mostly_not_where_there_was_none(tmp_path):
    told = {"destroyed": Counter(), "kept": Counter()}
    for seed in (3, 4, 5, 6):
        recipe = simulation.Recipe(seed=seed, season=SEASON, size_px=192, plots=24, median_m2=3500, sigma_ln=0.35)
        kept = simulation.build(recipe)
        rng = np.random.default_rng(seed + 900)
        days = {p.id: float(np.clip(p.sowings[0] + rng.uniform(60, 135), 75, 225)) for p in kept.plots}
        for name, world in (("destroyed", simulation.destroyed(kept, days)), ("kept", kept)):
            told[name].update(str(r.status) for r in judged(world, days, tmp_path / f"{seed}-{name}"))
    print(told)
    assert told["destroyed"]["failed"] <= 2
    assert told["destroyed"]["ok"] >= 60
    assert told["kept"]["failed"] >= 30
    assert told["kept"]["ok"] <= 15
