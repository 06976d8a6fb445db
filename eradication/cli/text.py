"""Answers as text for people: short tables, what was refused and why, what comes next."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eradication.cli.shell import Shell
from eradication.domain import TIMEZONE, Code, Outcome, State
from eradication.domain.event import parse_iso
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline.outputs import sentence

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


def patrol(shell: Shell, answer: Answer) -> None:
    """One patrol: when, who, how far, which fixes were kept, where the file is."""
    patrols(shell, {"patrols": [answer]})
    shell.say(f"{shell.translate(N_('File'))}: {answer['file']}  SHA-256 {answer['sha256']}")
    visits_km2 = sum(len(cells) for cells in answer["cells"].values())
    shell.say(shell.translate(N_("Square-kilometre visits: {count}")).format(count=visits_km2))


def plot(shell: Shell, answer: Answer) -> None:
    """One plot: its seasons, then what happened there in order."""
    plots(shell, {"plots": [season | {"simulated": answer["simulated"]} for season in answer["seasons"]]})
    headings = (N_("Time"), N_("Event"), N_("Unit"), N_("Visit"), N_("Hash"))
    rows = [_plot_event(shell, event) for event in answer["events"]]
    table(shell, headings, rows)
    for season in answer["seasons"]:
        for reason in season["out_of_place"]:
            shell.say(f"  - {season['season']}: {sentence(reason, shell.language, shell.translate)}")


EVENTS = {
    "candidate_proposed": N_("proposed by a run"),
    "visit_recorded": N_("visit"),
    "visit_corrected": N_("corrected"),
    "plot_dismissed": N_("dismissed"),
    "plot_assigned": N_("assigned"),
}


def _plot_event(shell: Shell, event: Answer) -> tuple[str, ...]:
    kind = shell.translate(EVENTS.get(str(event["kind"]), str(event["kind"])))
    said = word(shell, Outcome, event["outcome"]) if event["outcome"] else kind
    return local(event["happened_at"]), said, event["unit"], event["visit_id"], event["hash"][:12]


def written(shell: Shell, answer: Answer) -> None:
    """Say which files were written."""
    for path in answer["written"]:
        shell.say(shell.translate(N_("Written: {path}")).format(path=path))


def patrol_files(shell: Shell, answer: Answer) -> None:
    """One row per file, one per patrol in it, and the reason of each refusal."""
    headings = (N_("File"), N_("Status"), N_("Patrol"), N_("Length (km)"), N_("Hours"), N_("Fixes kept"), N_("Marked"))
    rows: list[Sequence[object]] = []
    for file in answer["files"]:
        name = file["path"].rsplit("/", 1)[-1]
        status = shell.translate(_STATUS[file["status"]])
        if not file["patrols"]:
            rows.append((name, status, file["message"], "", "", "", ""))
        for patrol in file["patrols"]:
            rows.append((name, status, patrol["id"], *_lengths(shell, patrol)))
    table(shell, headings, rows, numeric=(3, 4, 5))
    _hints(shell, answer["files"])


def _hints(shell: Shell, refused: list[Answer]) -> None:
    """Say once what to do about each kind of refusal."""
    for hint in dict.fromkeys(row["hint"] for row in refused if row.get("hint")):
        shell.say(f"{shell.translate('What to do')}: {hint}")


def _lengths(shell: Shell, patrol: Answer) -> tuple[str, str, str, str]:
    fixes = patrol["fixes"]
    words = {name: sentence(name, shell.language, shell.translate) for name in fixes["marked"]}
    marked = ", ".join(f"{words[name]} {count}" for name, count in fixes["marked"].items())
    length = number(patrol["length_km"], shell.language, 2)
    return length, number(patrol["hours"], shell.language, 2), f"{fixes['kept']}/{fixes['total']}", marked


_STATUS = {
    "accepted": N_("accepted"),
    "duplicate": N_("duplicate"),
    "refused": N_("refused"),
    "conflict": N_("conflict"),
}


def patrols(shell: Shell, answer: Answer) -> None:
    """One row per patrol."""
    headings = (N_("Patrol"), N_("Unit"), N_("Start"), N_("Length (km)"), N_("Hours"), N_("Fixes kept"), N_("Marked"))
    rows = [(p["id"], p["unit"], local(p["start"]), *_lengths(shell, p)) for p in answer["patrols"]]
    table(shell, headings, rows, numeric=(3, 4, 5))


def visits(shell: Shell, answer: Answer) -> None:
    """Counts by status, then every row that is not simply accepted."""
    rows = answer["visits"]
    for status, title in _STATUS.items():
        count = sum(row["status"] == status for row in rows)
        if count:
            shell.say(f"{shell.translate(title)}: {count}")
    told = [row for row in rows if row["status"] in ("refused", "conflict")]
    if told:
        headings = (N_("Line"), N_("Visit"), N_("Outcome"), N_("Status"), N_("Reason"))
        table(shell, headings, [_visit(shell, row) for row in told])
        _hints(shell, told)
    failed = sum(bool(row["checks"]) for row in rows)
    if failed:
        shell.say(
            shell.translate(N_("Rows with an incomplete form: {count} (details with --json)")).format(count=failed)
        )


def _visit(shell: Shell, row: Answer) -> tuple[object, ...]:
    status = shell.translate(_STATUS[row["status"]])
    return (
        row.get("line", ""),
        row["visit_id"],
        word(shell, Outcome, row["outcome"]),
        status,
        row["message"] or row["reason"],
    )


def monitoring(shell: Shell, answer: Answer) -> None:
    """What was seen, what was not, how many candidates."""
    _mark_simulated(shell, answer)
    _ = shell.translate
    scenes = answer["scenes"]
    unobserved = number(100 * answer["unobserved_share"], shell.language, 1)
    shell.say(_(N_("Run {run}, season {season}, model {model}")).format(**answer))
    shell.say(_(N_("Scenes used: {used}, failed: {failed}")).format(used=scenes["used"], failed=len(scenes["failed"])))
    shell.say(_(N_("Pixels: {pixels}, unobserved: {share} %")).format(pixels=answer["pixels"], share=unobserved))
    if not answer["scene_classification"]:
        shell.say(_(N_("No scene classification: clouds were not masked.")))
    if answer["features_missing"]:
        shell.say(_(N_("Missing features: {names}")).format(names=", ".join(answer["features_missing"])))
    for failure in scenes["failed"]:
        why = sentence(failure["reason"], shell.language, shell.translate)
        shell.say(f"  - {failure['id']} {failure['asset']}: {why}")
    shell.say(_(N_("Candidates: {candidates}, new: {new_candidates}")).format(**answer))
    if answer["candidates_cut"]:
        shell.say(
            _(N_("The list was cut at its longest: [candidates] most in eradication.toml; lower scores are not in it."))
        )
    shell.say(_(NOT_A_FINDING))


def plots(shell: Shell, answer: Answer) -> None:
    """One row per plot and season."""
    headings = (
        N_("Code"),
        N_("Season"),
        N_("State"),
        N_("Class"),
        N_("Score"),
        N_("Area (m²)"),
        N_("Commune"),
        N_("Id"),
    )
    rows = [
        (
            p["code"],
            p["season"],
            word(shell, State, p["state"]),
            p["class"] + ("?" if p["class_estimated"] else ""),
            number(p["score"], shell.language, 2),
            number(p["area_m2"], shell.language),
            p["commune"],
            p["id"],
        )
        for p in answer["plots"]
    ]
    if rows and answer["plots"][0].get("simulated"):
        shell.say(shell.translate(SIMULATED))
    table(shell, headings, rows, numeric=(4, 5))
    shell.say(shell.translate(NOT_A_FINDING))


def models(shell: Shell, answer: Answer) -> None:
    """One row per model."""
    headings = (N_("Name"), N_("Version"), N_("Learner"), N_("Model hash"))
    table(shell, headings, [(m["name"], m["version"], m["learner"], m["model_hash"][:16]) for m in answer["models"]])


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


def audit(shell: Shell, answer: Answer) -> None:
    """One row per origin."""
    headings = (N_("Origin"), N_("Events"), N_("Whole"), N_("First bad event"))
    yes, no = shell.translate(N_("yes")), shell.translate(N_("NO"))
    rows = [(o["origin"], o["events"], yes if o["ok"] else no, o["first_bad"] or "") for o in answer["origins"]]
    table(shell, headings, rows)


def doctor(shell: Shell, answer: Answer) -> None:
    """One line per check, with what to do where it failed."""
    for check in answer["checks"]:
        shell.say(f"{'✓' if check['ok'] else '✗'} {check['check']}: {check['found']}")
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
