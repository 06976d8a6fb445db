"""Answers as text for people: short tables, what was refused and why, what comes next."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eradication.cli.shell import Shell
from eradication.domain import TIMEZONE, Code
from eradication.domain.event import parse_iso
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline.words import sentence

SIMULATED = N_("SIMULATED: nothing here was observed.")

NOT_A_FINDING = N_("Candidates are to be checked; they accuse nobody.")

type Answer = dict[str, Any]


def table(shell: Shell, headings: Sequence[str], rows: Iterable[Sequence[object]], numeric: Iterable[int] = ()) -> None:
    """Write a table to stdout; wide and unwrapped where nobody watches."""
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    right = set(numeric)
    for index, heading in enumerate(headings):
        grid.add_column(shell.translate(heading), justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(escape(str(cell)) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=200)
    console.print(grid)


def _mark_simulated(shell: Shell, answer: Answer) -> None:
    if answer.get("simulated"):
        shell.say(shell.translate(SIMULATED))


def word(shell: Shell, kind: type[Code], code: str) -> str:
    """Return a code as people say it: the Vietnamese word, or the code itself in English."""
    if shell.language != "vi" or code not in kind:
        return code.replace("_", " ")
    return kind(code).vietnamese[0]


def local(text: str | None) -> str:
    """Write a UTC time of an answer as people here read it."""
    return f"{parse_iso(text).astimezone(TIMEZONE):%d/%m/%Y %H:%M}" if text else "–"


def day(text: str) -> str:
    """Write a day of an answer as people here read it."""
    return f"{date.fromisoformat(text):%d/%m/%Y}"


def record(shell: Shell, answer: Answer) -> None:
    """Write an answer field by field."""
    _mark_simulated(shell, answer)
    for name, value in answer.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            shell.say(f"{name}:")
            for row in value:
                shell.say("  - " + ", ".join(f"{k}: {v}" for k, v in row.items() if v not in (None, "", [], {})))
        else:
            shell.say(f"{name}: {value}")


def founded(shell: Shell, answer: Answer) -> None:
    """Say what a new workspace holds and what comes next."""
    _ = shell.translate
    shell.say(_(N_("New workspace: {workspace} ({province})")).format(**answer))
    shell.say(_(N_("Communes: {units}, of {lineage} former ones; outlines are approximate.")).format(**answer))
    shell.say(_(N_("Settings, each explained: {workspace}/eradication.toml")).format(**answer))


def written(shell: Shell, answer: Answer) -> None:
    """Say which files were written."""
    for path in answer["written"]:
        shell.say(shell.translate(N_("Written: {path}")).format(path=path))


def missing(shell: Shell, blanks: Iterable[Answer]) -> None:
    """Say what a document leaves blank, each cause once, and what to do."""
    _ = shell.translate
    said = (f"{_(one['message'])} {_(one['hint'])}".format(**one["values"]) for one in blanks)
    for line in dict.fromkeys(said):
        shell.say(f"  {line}")


def map_drawn(shell: Shell, answer: Answer) -> None:
    """Say where the map is, how large, and which places have no pictures in it."""
    _ = shell.translate
    written(shell, answer)
    told = answer["pictures"]
    if told is not None:
        said = N_("Pictures before and after: {places} places; none here: {none}; left out: {left_out}. {mb:.1f} MB.")
        shell.say(_(said).format(**told, mb=answer["bytes"] / 1e6))


def monitoring(shell: Shell, answer: Answer) -> None:
    """What was seen, what was not, how many candidates."""
    _mark_simulated(shell, answer)
    _ = shell.translate
    scenes = answer["scenes"]
    unobserved = number(100 * answer["unobserved_share"], shell.language, 1)
    shell.say(_(N_("Run {run}, season {season}, model {model}")).format(**answer))
    shell.say(_(N_("Scenes used: {used}, failed: {failed}")).format(used=scenes["used"], failed=len(scenes["failed"])))
    shell.say(_(N_("Pixels: {pixels}, unobserved: {share} %")).format(pixels=answer["pixels"], share=unobserved))
    looks, gate = answer["coverage"]["clear_looks"], answer["gate"]
    shell.say(_(N_("Clear looks: median {median}; a tenth of the area has {lowest_tenth} or fewer.")).format(**looks))
    share = number(100 * gate["ruled_out_share"], shell.language, 1)
    shell.say(_(N_("Ruled out as impossible: {share} % of what was observed.")).format(share=share))
    if gate["finds"]:
        shell.say(_(N_("Of {finds} finds of this season, {finds_ruled_out} would have been ruled out.")).format(**gate))
    if not answer["scene_classification"]:
        shell.say(_(N_("No scene classification: clouds were not masked.")))
    if answer["features_missing"]:
        shell.say(_(N_("Missing features: {names}")).format(names=", ".join(answer["features_missing"])))
    for failure in scenes["failed"]:
        why = sentence(failure["reason"], shell.language, shell.translate)
        shell.say(f"  - {failure['id']} {failure['asset']}: {why}")
    shell.say(_(N_("Candidates: {candidates}, new: {new_candidates}")).format(**answer))
    if answer["candidates_outside"]:
        said = N_("Of these, {count} are unlike what the model has learned: ranked lower, striped on the map.")
        shell.say(_(said).format(count=answer["candidates_outside"]))
    _probability(shell, answer["probability"])
    if answer["candidates_cut"]:
        shell.say(
            _(N_("The list was cut at its longest: [candidates] most in eradication.toml; lower scores are not in it."))
        )
    shell.say(_(N_("Maps of scores and of clear looks, for QGIS: {layers}")).format(layers=answer["layers"]))
    if answer["earlier_years"]:
        said = N_("Beside them bare_share.tif: how often the ground was bare in earlier years ({years}).")
        shell.say(_(said).format(years=", ".join(answer["earlier_years"])))
    else:
        shell.say(_(N_("The catalog holds no earlier years: there is no map of old swidden (bare_share.tif).")))
    shell.say(_(N_("Next: eradication plots list, eradication map")))
    shell.say(_(NOT_A_FINDING))


def _probability(shell: Shell, standing: Answer) -> None:
    """Say on how many drawn visits the score rests, and what it may be called."""
    _ = shell.translate
    if standing["drawn_confirmed"] + standing["drawn_rejected"]:
        said = N_("Of candidates drawn at random, {drawn_confirmed} were confirmed and {drawn_rejected} rejected.")
        shell.say(_(said).format(**standing))
        calls = N_("That is enough to call the score a probability."), N_("Too few to call the score a probability.")
        shell.say(_(calls[0] if standing["enough"] else calls[1]))


def boundaries(shell: Shell, answer: Answer) -> None:
    """How many communes came in, and every fault of the file."""
    shell.say(shell.translate(N_("Communes: {units}")).format(**answer))
    headings = (N_("Code"), N_("Warning"), N_("Value"))
    table(shell, headings, [_boundary_warning(shell, warning) for warning in answer["warnings"]])


WARNINGS = {
    "area_differs": N_("polygon area ÷ stated area"),
    "overlap": N_("overlap with {other} (m²)"),
    "unknown_code": N_("code not known before"),
    "missing_unit": N_("unit missing from the file"),
    "invalid_geometry": N_("invalid outline, repaired"),
    "name_differs": N_("other name in the file"),
    "duplicate_code": N_("polygons with this code, joined"),
    "stated_area_conflict": N_("area the file states ÷ area known before"),
}


def _boundary_warning(shell: Shell, warning: Answer) -> tuple[object, ...]:
    told = shell.translate(WARNINGS[warning["kind"]]).format(other=warning["other"])
    value = warning["value"]
    return warning["code"], told, number(value, shell.language, 2) if isinstance(value, float) else value or ""


def doctor(shell: Shell, answer: Answer) -> None:
    """One line per check, with what to do where it failed."""
    signs = {"ok": "✓", "warn": "!", "fail": "✗"}
    for check in answer["checks"]:
        name = check["check"].replace("_", " ")
        shell.say(f"{signs[check['level']]} {name}: {check['found']}")
        if check["advice"]:
            shell.say(f"    → {check['advice']}")


def points(shell: Shell, answer: Answer) -> None:
    """One converted point per line, then how it was done."""
    for x, y in answer["points"]:
        shell.say(f"{x},{y}")


def bundles(shell: Shell, answer: Answer) -> None:
    """One block per bundle."""
    for bundle in answer["bundles"]:
        shell.say(", ".join(f"{name}: {value}" for name, value in bundle.items() if value not in ("", [], None)))
    for row in answer["retention"]["thinned"]:
        said = N_("{season}: the tracks of {patrols} patrols were thinned to effort, as at the office that sent this.")
        shell.say(shell.translate(said).format(**row))
    for row in answer["retention"]["should"]:
        said = N_(
            "{season}: another office thinned the tracks of {patrols} patrols; [retention] here still keeps them."
        )
        shell.say(shell.translate(said).format(**row))
