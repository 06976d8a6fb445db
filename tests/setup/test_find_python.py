"""`make setup` finds a Python that may lie outside PATH, and says clearly what is missing where there is none."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("sh", "sed", "sort", "ls", "cat", "dirname", "rm", "env")


class Machine:
    """A computer of our own making: a PATH with the plain tools only, a home, a pyenv folder."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.home, self.pyenv = folder / "bin", folder / "home", folder / "pyenv"
        for made in (self.bin, self.home, self.pyenv):
            made.mkdir()
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found, f"this test needs {tool}"
            (self.bin / tool).symlink_to(found)

    def put(self, path: Path, lines: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!{self.bin / 'sh'}\n{lines}\n")
        path.chmod(0o755)
        return path

    def python(self, path: Path, *, before: str = "") -> Path:
        """A Python that is this one, except for what the code ``before`` does to it, and gives ``path`` as its name."""
        code = f"import sys; sys._base_executable = {str(path)!r}; {before or 'pass'}; exec(sys.argv[1])"
        return self.put(path, f"""exec "{sys.executable}" -c "{code}" "$2" """)

    def in_pyenv(self, version: str, *, before: str = "") -> Path:
        return self.python(self.pyenv / "versions" / version / "bin" / "python3", before=before)

    def find(self, *arguments: str, script: str = "find_python", **variables: str) -> subprocess.CompletedProcess[str]:
        clean = {"PATH": str(self.bin), "HOME": str(self.home), "PYENV_ROOT": str(self.pyenv), **variables}
        command = ["sh", str(ROOT / ".ci" / script), *arguments]
        return subprocess.run(command, env=clean, capture_output=True, text=True, check=False, cwd=self.home)

    def found(self, *arguments: str, **variables: str) -> str:
        answer = self.find(*arguments, **variables)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.strip()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def old(minor: int) -> str:
    return f"sys.version_info = (3, {minor}, 0)"


def test_on_path_3_13_is_preferred_then_3_12_then_newer(machine: Machine):
    newest = machine.python(machine.bin / "python3.14")
    assert machine.found() == str(newest)
    middle = machine.python(machine.bin / "python3.12")
    assert machine.found() == str(middle)
    best = machine.python(machine.bin / "python3.13")
    assert machine.found() == str(best)


def test_a_python_on_path_that_is_too_old_is_passed_over_for_one_in_pyenv(machine: Machine):
    machine.python(machine.bin / "python3", before=old(11))
    wanted = machine.in_pyenv("3.12.1")
    assert machine.found() == str(wanted)


def test_a_pyenv_shim_of_a_version_that_is_not_active_is_passed_over(machine: Machine):
    machine.put(machine.bin / "python3.13", "echo 'pyenv: python3.13: command not found' >&2; exit 127")
    wanted = machine.in_pyenv("3.13.0")
    assert machine.found() == str(wanted)


def test_in_pyenv_the_highest_patch_of_the_preferred_version_is_taken(machine: Machine):
    for version in ("2.7.18", "3.9.18", "3.12.9", "3.13.2", "3.13.11", "3.14.1", "miniconda3-latest"):
        machine.in_pyenv(version)
    assert machine.found() == str(machine.pyenv / "versions" / "3.13.11" / "bin" / "python3")


def test_pyenv_is_looked_for_in_the_home_folder_if_no_variable_names_it(machine: Machine):
    wanted = machine.python(machine.home / ".pyenv" / "versions" / "3.13.1" / "bin" / "python3")
    assert machine.found(PYENV_ROOT="") == str(wanted)


@pytest.mark.parametrize(
    "fault",
    [
        "sys.modules['sqlite3'] = None",
        "import sysconfig; sysconfig.get_config_var = lambda name: 1",
        "import platform; platform.python_implementation = lambda: 'PyPy'",
    ],
    ids=["no sqlite3", "free-threaded", "not CPython"],
)
def test_a_python_that_lacks_a_part_is_passed_over(machine: Machine, fault: str):
    machine.in_pyenv("3.13.1", before=fault)
    wanted = machine.in_pyenv("3.12.4")
    assert machine.found() == str(wanted)


def test_the_python_that_is_named_is_the_only_one_looked_at(machine: Machine):
    machine.python(machine.bin / "python3.13")
    named = machine.python(machine.home / "own")
    assert machine.found(PYTHON=str(named)) == str(named)
    refused = machine.find(PYTHON=str(machine.home / "nothing-here"))
    assert refused.returncode == 1
    assert "nothing-here" in refused.stderr


def test_uv_is_asked_for_its_own_pythons_before_it_downloads_one(machine: Machine):
    own = machine.python(machine.home / "managed-3.13")
    log = machine.home / "log"
    uv = machine.put(machine.bin / "uv", f'echo "$@" >> {log}; [ "$2" = find ] && echo {own}')
    assert machine.found(str(uv)) == str(own)
    assert "install" not in log.read_text()


def test_uv_downloads_a_python_only_where_none_is_found(machine: Machine):
    own = machine.python(machine.home / "downloaded-3.13")
    log, there = machine.home / "log", machine.home / "there"
    uv = machine.put(
        machine.bin / "uv",
        f'echo "$@" >> {log}\ncase "$2" in install) echo > {there};; find) [ -e {there} ] && echo {own};; esac',
    )
    assert machine.found(str(uv)) == str(own)
    assert log.read_text().count("python install") == 1
    machine.in_pyenv("3.12.1")
    log.unlink()
    machine.found(str(uv))
    assert not log.exists()


def test_where_there_is_none_it_says_what_was_tried_and_what_to_do(machine: Machine):
    machine.python(machine.bin / "python3", before=old(9))
    uv = machine.put(machine.bin / "uv", "echo 'error: no route to host' >&2; exit 1")
    answer = machine.find(str(uv))
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert f"{machine.bin / 'python3'}: version 3.9 is older than 3.12" in answer.stderr
    assert "no route to host" in answer.stderr
    for hint in ("No usable Python >= 3.12", "Không tìm thấy Python >= 3.12", "make setup PYTHON=", "pyenv install"):
        assert hint in answer.stderr


def test_make_ends_with_an_error_where_nothing_can_be_had(machine: Machine):
    make = shutil.which("make")
    if not make:
        pytest.skip("no make on this machine")
    project = machine.home / "project"
    (project / ".ci").mkdir(parents=True)
    for name in ("Makefile", "uv.lock", "pyproject.toml", ".ci/find_python", ".ci/find_uv"):
        shutil.copy(ROOT / name, project / name)
    clean = {"PATH": str(machine.bin), "HOME": str(machine.home)}
    answer = subprocess.run([make, "setup"], env=clean, cwd=project, capture_output=True, text=True, check=False)
    assert answer.returncode != 0
    assert "uv >= 0.8 is missing" in answer.stderr
    assert not (project / ".venv").exists()


def test_a_uv_on_path_is_used_if_it_is_new_enough(machine: Machine):
    uv = machine.put(machine.bin / "uv", "echo 'uv 0.10.2 (abc 2026-01-01)'")
    assert machine.find(script="find_uv").stdout.strip() == str(uv)


@pytest.mark.parametrize("venv_works", [True, False], ids=["in an environment", "in a plain folder"])
def test_an_old_uv_is_left_alone_and_a_new_one_installed_beside_the_project(machine: Machine, venv_works: bool):
    machine.put(machine.bin / "uv", "echo 'uv 0.7.22'")
    for tool in ("mkdir", "cp", "chmod"):
        (machine.bin / tool).symlink_to(str(shutil.which(tool)))
    new = machine.put(machine.home / "new-uv", "echo 'uv 0.9.1'")
    install = f'mkdir -p "$folder/bin"; cp {new} "$folder/bin/uv"'
    inner = f'#!/bin/sh\nfolder="${{0%/bin/python}}"; {install}\n'
    (machine.home / "inner").write_text(inner)
    venv = f'mkdir -p "$3/bin"; cp {machine.home}/inner "$3/bin/python"; chmod +x "$3/bin/python"'
    pip = f'while [ "$1" != --target ]; do shift; done; folder=$2; {install}'
    machine.put(machine.bin / "python3", f'if [ "$2" = venv ]; then {venv if venv_works else "exit 1"}; else {pip}; fi')
    answer = machine.find(script="find_uv")
    assert answer.stdout.strip() == str(machine.home / ".uv" / "bin" / "uv"), answer.stderr


def test_the_oldest_uv_is_the_one_the_project_asks_for():
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["required-version"]
    [line] = [s for s in (ROOT / ".ci" / "find_uv").read_text().splitlines() if s.startswith("oldest=")]
    assert wanted == f">={line.removeprefix('oldest=')}"


def test_every_locked_file_has_its_hash():
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    files = [f for package in lock["package"] for f in [*package.get("wheels", []), package.get("sdist", {})] if f]
    assert len(files) > 100
    assert all(str(f["hash"]).startswith("sha256:") for f in files)


def test_make_alone_lists_every_target():
    make = shutil.which("make")
    if not make:
        pytest.skip("no make on this machine")
    listed = subprocess.run([make], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("setup", "demo", "test", "test-slow", "test-long", "check", "bench", "clean"):
        assert f"make {target} " in listed
