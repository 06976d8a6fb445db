"""Every notebook is short, stripped of outputs, uses public names only, and runs."""

import re
import warnings
from pathlib import Path

import nbformat
import pytest

import eradication

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
AT_NIGHT = {"02_a_season_of_imagery.ipynb", "03_samples.ipynb"}


def test_there_is_a_first_notebook():
    assert "01_first_map.ipynb" in [path.name for path in NOTEBOOKS]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_short_stripped_and_public(path):
    notebook = nbformat.read(path, as_version=4)
    assert len(notebook.cells) <= 12
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        assert cell.outputs == []
        assert cell.execution_count is None
        assert not re.search(r"from eradication|import eradication\.", cell.source)
        used = set(re.findall(r"\beradication\.(\w+)", cell.source))
        assert used <= set(eradication.__all__)


@pytest.mark.slow
def test_the_code_of_the_first_notebook_runs(tmp_path, monkeypatch):
    """Without Jupyter, whose process takes longer to start than the code to run; all of them in it: the slow tests."""
    notebook = nbformat.read(FOLDER / "01_first_map.ipynb", as_version=4)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, "01_first_map.ipynb", "exec"), names)
    assert eradication in names.values()


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=[pytest.mark.long] if path.name in AT_NIGHT else []) for path in NOTEBOOKS],
    ids=lambda path: path.name,
)
def test_a_notebook_runs(path, tmp_path):
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    with warnings.catch_warnings():
        # Jupyter's own machinery warns about its event loops; the notebook's cells run in another process.
        warnings.simplefilter("ignore")
        NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    assert all(outputs), "every code cell shows something"
