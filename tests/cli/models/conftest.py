"""One workspace for each file of tests, a copy of one in which a model was trained; its two seasons are made once."""

import contextlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.models.lessons import SOUGHT, TAUGHT, Land, given

from eradication import simulation
from eradication.cli import main


@pytest.fixture(scope="session")
def seasons(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, Path]]:
    """Catalog and visit table of the season that teaches and of the one that is searched; read them only."""
    folder = tmp_path_factory.mktemp("seasons")
    parts = []
    for seed, season in ((31, TAUGHT), (32, SOUGHT)):
        recipe = simulation.Recipe(seed=seed, season=season, size_px=160, plots=40, lying_items=0)
        world = simulation.build(recipe)
        written = simulation.write(world, folder / season.label)
        table = simulation.write_table(simulation.training_visits(world), folder / f"{season.label}.csv")
        parts.append((written.catalog, table))
    return parts


@pytest.fixture(scope="session")
def schooled(seasons: list[tuple[Path, Path]], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A workspace in which a model was trained on the season that teaches, and what training said; copy it."""
    workspace = tmp_path_factory.mktemp("models") / "ws"
    assert main(["init", str(workspace), "--province", "Sơn La"]) == 0
    return workspace, answer(Land(workspace, *seasons), "train", "--name", "first", *given(TAUGHT, seasons[0]))


@pytest.fixture(scope="module")
def made(
    schooled: tuple[Path, dict[str, Any]], seasons: list[tuple[Path, Path]], tmp_path_factory: pytest.TempPathFactory
) -> Land:
    workspace = tmp_path_factory.mktemp("copy") / "ws"
    shutil.copytree(schooled[0], workspace)
    return Land(workspace, *seasons)


@pytest.fixture
def run(cli: Callable[..., Any], made: Land) -> Callable[..., Any]:
    return lambda *words: cli("--workspace", made.workspace, "--json", *words)


def answer(made: Land, *words: object) -> dict[str, Any]:
    """Run a command for several tests and return its answer."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert main([str(w) for w in ("--workspace", made.workspace, "--json", *words)]) == 0
    return json.loads(said.getvalue())


@pytest.fixture(scope="module")
def first(schooled: tuple[Path, dict[str, Any]]) -> dict[str, Any]:
    """What training on the season that teaches said; the model's name is ``first``."""
    return schooled[1]


@pytest.fixture(scope="module")
def trained(first: dict[str, Any]) -> str:
    return str(first["name"])


@pytest.fixture(scope="module")
def both(made: Land) -> dict[str, Any]:
    """What training on both seasons said; the model's name is ``both``."""
    return answer(made, "train", "--name", "both", *given(TAUGHT, made.taught), *given(SOUGHT, made.sought))


@pytest.fixture(scope="module")
def proposed(made: Land, trained: str) -> dict[str, Any]:
    """The best place that the trained model proposed."""
    answer(made, "monitor", "--season", SOUGHT.label, "--imagery", made.sought[0], "--model", trained)
    rows = [row for row in answer(made, "plots", "list")["plots"] if row["model"].startswith(f"{trained}/")]
    return max((row for row in rows if not row["outside"]), key=lambda row: row["score"])
