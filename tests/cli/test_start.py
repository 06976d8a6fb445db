"""A command loads what it needs and no more: libraries of imagery and figures take seconds, on every laptop."""

import subprocess
import sys

import pytest
import typer

from eradication.cli import app
from eradication.cli.shell import shell_of

HEAVY = ("dask", "geopandas", "numba", "odc.geo", "pandas", "pyogrio", "rasterio", "scipy", "sklearn")


@pytest.mark.parametrize("part", app.PARTS)
def test_each_part_brings_the_words_that_are_said_of_it(part: str):
    alone = typer.Typer()
    __import__(f"eradication.cli.{part}", fromlist=["register"]).register(alone, shell_of([]))
    brought = {group.name for group in alone.registered_groups}
    brought |= {one.name or app.command_name(one.callback) for one in alone.registered_commands}
    assert brought == set(app.PARTS[part])


@pytest.mark.parametrize(
    "command",
    ["init here", "ledger", "patrols list", "plots list", "audit verify", "users list"],
)
def test_a_command_of_every_day_starts_without_the_libraries_of_imagery_and_figures(tmp_path, command: str):
    program = (
        "import sys; from eradication.cli import main; main(sys.argv[1:]);"
        f"print(*(name for name in {HEAVY} if name in sys.modules), file=sys.stderr)"
    )
    asked = [sys.executable, "-c", program, "--workspace", str(tmp_path / "no"), *command.split()]
    ran = subprocess.run(asked, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ran.stderr.splitlines()[-1] == "", ran.stderr


def test_help_lists_the_commands_of_all_parts(capsys):
    assert app.main(["--help"]) == 0
    told = capsys.readouterr().out
    assert not [word for words in app.PARTS.values() for word in words if f" {word} " not in told]
