"""The rules of the house as tests: who may import whom, how long things may be, what is public."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import eradication

PACKAGE = Path(eradication.__file__).resolve().parent
ROOT = PACKAGE.parent

BASE = {"errors", "geo", "domain", "config", "raster", "sources", "sun", "progress", "i18n", "compiled", "npm"}
STEPS = {
    "archive", "ingest", "review", "terrain", "coregistration", "features", "classify", "registry", "plots", "history",
    "legal_poppy", "validation", "planning", "effort", "harvest", "evidence", "checks", "rebasing", "undetected",
    "ledger", "report", "simulation", "facts", "risk", "routing",
}  # fmt: skip
MAY_IMPORT = {
    "errors": set(),
    "progress": set(),
    "compiled": set(),
    "npm": {"errors"},
    "sun": set(),
    "domain": {"errors"},
    "config": {"errors"},
    "i18n": {"errors"},
    "locale": {"errors", "i18n"},  # catalogs of messages, and what gathers them
    "geo": {"errors"},
    "raster": {"errors", "geo", "domain"},
    "sources": {"errors", "raster"},  # profiles of archives, as data
    **dict.fromkeys(STEPS, BASE),
    "store": BASE,
    "pipeline": BASE | STEPS | {"store"},
    "cli": BASE - {"geo", "raster", "sources", "sun", "compiled"} | {"pipeline", "planning", "store", "web"},
    "web": BASE - {"geo", "raster", "sources", "sun", "compiled"} | {"npm", "pipeline"},
    "__init__": BASE | {"pipeline", "store"},
    "__main__": {"cli"},
}
"""Area of the package → areas it may import besides itself."""

MOST_LINES, MOST_BODY, MOST_POSITIONAL = 300, 40, 6

MODULES = sorted(PACKAGE.rglob("*.py"))
FOREIGN_SIGNATURES = {"get_col_spec"}
"""Functions whose signature another library prescribes."""


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Everything in the syntax tree of a module, in the order of :func:`ast.walk`."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def area_of(path: Path) -> str:
    """Name of the part of the package a module belongs to: its folder, or itself at the top."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Every module of this package that a module imports, with its dots, also inside functions."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "eradication")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "eradication":
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the last."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def positional(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def forbidden_imports(path: Path) -> list[str]:
    area = area_of(path)
    if area not in MAY_IMPORT:
        return [f"{area} has no place in the import rule"]
    faults = []
    for name in imported(path):
        target = name.split(".")[1] if "." in name else ""
        of_the_package = (PACKAGE / target).exists() or (PACKAGE / f"{target}.py").exists()
        if of_the_package and target not in MAY_IMPORT[area] | {area}:
            faults.append(f"{area} may not import {name}")
    return faults


def everywhere(look: Callable[[Path], Iterable[object]]) -> list[str]:
    """What ``look`` finds, with the module it finds it in."""
    return [f"{path.relative_to(PACKAGE)}: {found}" for path in MODULES for found in look(path)]


def test_a_module_imports_only_what_its_place_allows():
    assert everywhere(forbidden_imports) == []


def test_the_import_rule_can_fail(tmp_path, monkeypatch):
    path = tmp_path / "ledger" / "probe.py"
    path.parent.mkdir()
    path.write_text("def f():\n    from eradication.history import replay\n")
    (tmp_path / "history").mkdir()
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    assert forbidden_imports(path) == ["ledger may not import eradication.history.replay"]


def test_every_part_of_the_package_has_its_place_in_the_rule_and_steps_are_strangers():
    assert {area_of(path) for path in MODULES} <= set(MAY_IMPORT)
    assert all(MAY_IMPORT[step] & (STEPS | {"store", "pipeline", "cli", "web"}) == set() for step in STEPS)


def test_imports_are_absolute():
    def relative(path: Path) -> Iterable[object]:
        return [n.lineno for n in nodes(path) if isinstance(n, ast.ImportFrom) and n.level > 0]

    assert everywhere(relative) == []


def test_the_shell_sees_of_the_store_only_how_to_open_it():
    def store(path: Path) -> Iterable[object]:
        seen = {n for n in imported(path) if n.startswith("eradication.store")} if area_of(path) == "cli" else set()
        return seen - {"eradication.store.open"}

    assert everywhere(store) == []


def test_no_module_is_longer_than_its_budget():
    def lines(path: Path) -> Iterable[object]:
        count = len(path.read_text(encoding="utf-8").splitlines())
        return [count] if count > MOST_LINES else []

    assert everywhere(lines) == []


def test_no_function_is_longer_than_its_budget():
    def long(path: Path) -> Iterable[object]:
        return [f"{f.name} has {body_lines(f)} lines" for f in functions(path) if body_lines(f) > MOST_BODY]

    assert everywhere(long) == []


def test_no_function_takes_many_positional_parameters():
    def many(path: Path) -> Iterable[object]:
        return [f"{f.name} takes {positional(f)}" for f in functions(path) if positional(f) > MOST_POSITIONAL]

    assert everywhere(many) == []


def test_nothing_swallows_any_error_outside_the_shells():
    def swallows(path: Path) -> Iterable[object]:
        if area_of(path) in ("cli", "web") or path.name == "worker.py":
            return
        for node in nodes(path):
            if isinstance(node, ast.ExceptHandler):
                caught = "BaseException" if node.type is None else ast.unparse(node.type)
                passed_on = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
                if re.search(r"\b(Base)?Exception\b", caught) and not passed_on:
                    yield f"line {node.lineno} catches {caught}"

    assert everywhere(swallows) == []


def test_no_function_takes_options_it_does_not_name():
    def sinks(path: Path) -> Iterable[object]:
        for function in functions(path):
            sink = function.args.kwarg
            typed = sink and sink.annotation and ast.unparse(sink.annotation) not in ("Any", "object")
            if sink and not typed and function.name not in FOREIGN_SIGNATURES:
                yield function.name

    assert everywhere(sinks) == []


def test_nothing_that_runs_code_from_a_file_is_imported():
    def dangerous(path: Path) -> Iterable[object]:
        names = set()
        for node in nodes(path):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add((node.module or "").split(".")[0])
        return names & {"pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}

    assert everywhere(dangerous) == []


def test_no_module_bears_a_name_that_says_nothing():
    said = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common)(_|$)")
    assert [str(path) for path in MODULES if said.search(path.stem)] == []


def test_every_excuse_names_its_rule_and_nothing_is_left_to_do():
    bad = re.compile(r"#\s*type:\s*ignore(?!\[)|#\s*noqa(?!:)|\b(TODO|FIXME|XXX)\b")

    def excuses(path: Path) -> Iterable[object]:
        return [found.group() for found in bad.finditer(path.read_text(encoding="utf-8"))]

    assert everywhere(excuses) == []


def test_every_folder_with_modules_is_a_package():
    # Alembic loads its versions by file name.
    folders = {path.parent for path in MODULES if path.parent.name != "versions"}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_the_public_names_exist_are_sorted_and_explained():
    names = list(eradication.__all__)
    assert names
    assert names == sorted(names)
    for name in names:
        value = getattr(eradication, name)
        assert isinstance(value, str) or value.__doc__, name


def test_showing_the_public_names_loads_nothing_that_only_a_command_needs():
    probe = "import sys, eradication; print([m for m in ('numpy', 'rasterio', 'sklearn') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
