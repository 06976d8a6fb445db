"""What docs/asvs.md says of itself is so: its counts, each requirement once, and the tests that it names."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (V\d+\.\d+\.\d+) · ([12]) \| (.+?) \| (.+) \| (.+) \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE)


@cache
def names(path: str) -> frozenset[str]:
    """Return the functions of a file, those of classes too."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def told(how: str, tests: str) -> str:
    if "**not met" in how:
        return "not met"
    if "does not apply" in how:
        return "does not apply"
    return "no test" if "no test" in tests else "met"


def test_each_requirement_stands_there_once_and_in_order():
    ids = [tuple(map(int, row[0][1:].split("."))) for row in ROWS]
    assert len(ids) > 200
    assert ids == sorted(set(ids))


def test_the_counts_are_those_of_the_rows():
    counts = Counter(told(how, tests) for _, _, _, how, tests in ROWS)
    basic = sum(level == "1" and told(how, tests) == "not met" for _, level, _, how, tests in ROWS)
    assert f"{counts['met']} requirements are met\nwith a test, {counts['no test']} are met without a test" in PAGE
    assert f"**{counts['not met']} are not met** ({basic} of them of level 1)" in PAGE
    assert f"**{counts['not met']} chưa đạt** (trong đó {basic} ở mức 1)" in PAGE
    some = re.search(r"\((\d+)\) of OWASP.*?, (\d+) do not apply", PAGE, re.DOTALL)
    assert some is not None
    rest = counts["met"] + counts["no test"] + counts["not met"]
    assert int(some[1]) == rest + int(some[2])  # those that do not apply stand in part as one row for many


def test_every_test_that_is_named_exists():
    cited = {tuple(one.split("::")) for one in re.findall(r"`(tests/[\w/]+\.py::\w+)`", PAGE)}
    assert len(cited) > 150
    assert [one for one in sorted(cited) if one[1] not in names(one[0])] == []
    for requirement, _, _, how, tests in ROWS:
        assert told(how, tests) != "met" or "::" in tests, requirement
