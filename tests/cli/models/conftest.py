"""One workspace for each file of tests, with a model that was trained in it."""

from collections.abc import Callable
from typing import Any

import pytest
from cli.models.lessons import SOUGHT, TAUGHT, Land, given

from eradication import simulation
from eradication.cli import main


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Land:
    folder = tmp_path_factory.mktemp("models")
    parts = []
    for seed, season in ((31, TAUGHT), (32, SOUGHT)):
        recipe = simulation.Recipe(seed=seed, season=season, size_px=160, plots=40, lying_items=0)
        world = simulation.build(recipe)
        written = simulation.write(world, folder / season.label)
        table = simulation.write_table(simulation.training_visits(world), folder / f"{season.label}.csv")
        parts.append((written.catalog, table))
    assert main(["init", str(folder / "ws"), "--province", "Sơn La"]) == 0
    return Land(folder / "ws", *parts)


@pytest.fixture
def run(cli: Callable[..., Any], made: Land) -> Callable[..., Any]:
    return lambda *words: cli("--workspace", made.workspace, "--json", *words)


@pytest.fixture(scope="module")
def trained(made: Land) -> str:
    words = ["--workspace", made.workspace, "train", "--name", "first", *given(TAUGHT, made.taught)]
    assert main([str(w) for w in words]) == 0
    return "first"
