"""Answers of the field as text: patrols, visits, plots, with what was refused, why and what to do."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from eradication.cli import checks_text, harvest_text, photos_text
from eradication.cli.shell import Shell
from eradication.cli.text import NOT_A_FINDING, SIMULATED, Answer, local, table, word
from eradication.domain import State
from eradication.domain.model import RULES
from eradication.domain.patrol import Z95
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline.words import event_words, sentence

VISITS_TOO = N_("Visits in these files: {count}; they are taken in with: eradication visits import FILE")
THINNED = N_("The track was thinned to effort on {day}: where the patrol walked is no longer kept.")
SAME_WALK = N_("Walks recorded before in another file: {count}; they are kept and counted once.")


def patrol(shell: Shell, answer: Answer) -> None:
    """One patrol: when, who, how far, which fixes were kept, where the file is."""
    patrols(shell, {"patrols": [answer], "simulated": answer["simulated"]})
    _perimeters(shell, answer, answer["most_pct"])
    shell.say(f"{shell.translate(N_('File'))}: {answer['file']}  SHA-256 {answer['sha256']}")
    visits_km2 = sum(len(cells) for cells in answer["cells"].values())
    shell.say(shell.translate(N_("Square-kilometre visits: {count}")).format(count=visits_km2))
    if answer["thinned_at"]:
        shell.say(shell.translate(THINNED).format(day=local(answer["thinned_at"])[:10]))
    else:
        gaps, longest = answer["gaps"]["count"], answer["gaps"]["longest_s"]
        minutes = number(None if longest is None else longest / 60, shell.language, 1)
        shell.say(shell.translate(N_("Gaps: {count}, the longest {minutes} min")).format(count=gaps, minutes=minutes))
    if "picture" in answer:
        shell.say(shell.translate(N_("Written: {path}")).format(path=answer["picture"]))


def plot(shell: Shell, answer: Answer) -> None:
    """One plot: its seasons, then what happened there in order."""
    seasons = [season | {"simulated": answer["simulated"]} for season in answer["seasons"]]
    plots(shell, {"plots": seasons, "day": answer["day"], "urgent": False})
    headings = (N_("Time"), N_("Event"), N_("Unit"), N_("Visit"), N_("Hash"))
    rows = [_plot_event(shell, event) for event in answer["events"]]
    table(shell, headings, rows)
    photos_text.of_plot(shell, answer)
    if answer["checks"]:
        shell.say(shell.translate(N_("Automatic checks")))
        checks_text.rows(shell, answer["checks"])
    if not answer["seasons"]:
        shell.say(shell.translate(NOTHING_COUNTS).format(code=answer["code"] or answer["plot"]))
    if answer["views"]:
        seen = {view["person"] for view in answer["views"]}
        said = N_("Seen in the web application: {count} times, by {people} people, last on {at}")
        last = local(max(view["at"] for view in answer["views"]))
        shell.say(shell.translate(said).format(count=len(answer["views"]), people=len(seen), at=last))
    for found in answer["findings"]:
        what = f"{found['season']} {found['what']}".strip()
        shell.say(f"  - {what}: {sentence(found['reason'], shell.language, shell.translate)}")


NOTHING_COUNTS = N_("Nothing that counts is recorded of {code} in any season.")


def _plot_event(shell: Shell, event: Answer) -> tuple[str, ...]:
    said = event_words.told(event, shell.language, shell.translate)
    return local(event["happened_at"]), said, event["unit"], event["visit_id"], event["hash"][:12]


def patrol_files(shell: Shell, answer: Answer) -> None:
    """One row per file, one per patrol in it, and the reason of each refusal."""
    headings = (N_("File"), N_("Status"), N_("Patrol"), N_("Length (km)"), N_("Hours"), N_("Fixes kept"), N_("Marked"))
    if answer["simulated"]:
        shell.say(shell.translate(SIMULATED))
    rows: list[Sequence[object]] = []
    for file in answer["files"]:
        name = file["path"].rsplit("/", 1)[-1]
        status = shell.translate(STATUS[file["status"]])
        if not file["patrols"]:
            rows.append((name, status, file["message"], "", "", "", ""))
        for patrol in file["patrols"]:
            rows.append((name, status, patrol["id"], *_lengths(shell, patrol)))
    table(shell, headings, rows, numeric=(3, 4, 5))
    for patrol in (patrol for file in answer["files"] for patrol in file["patrols"]):
        _perimeters(shell, patrol, answer["most_pct"])
    again = sum(len(file["facts"].get("same_walk_as", [])) for file in answer["files"])
    if again:
        shell.say(shell.translate(SAME_WALK).format(count=again))
    visits = sum(file["facts"].get("left_out_visits", 0) for file in answer["files"])
    if visits:
        shell.say(shell.translate(VISITS_TOO).format(count=visits))
    hints(shell, answer["files"])


def _perimeters(shell: Shell, patrol: Answer, most_pct: float) -> None:
    """What was walked round, with its error; laps that differ much want another walk."""
    for walk in patrol.get("perimeters", ()):
        area, error = (number(v, shell.language) for v in (walk["area_m2"], Z95 * walk["area_se_m2"]))
        said = shell.translate(N_("{patrol}: walked round {area} ± {error} m² (95 %), laps: {laps}"))
        told = said.format(patrol=patrol["id"], area=area, error=error, laps=walk["laps"])
        if walk["laps_differ_pct"] is not None:
            pct = number(walk["laps_differ_pct"], shell.language, 1)
            told += shell.translate(N_(", which differ by {pct} %")).format(pct=pct)
            told += f": {shell.translate(N_('walk again'))}" if walk["laps_differ_pct"] > most_pct else ""
        shell.say(told)


def receipts(texts: Sequence[str]) -> Callable[[Shell, Answer], None]:
    """Return what writes receipts, one below the other, and where the pages to print are."""

    def write(shell: Shell, answer: Answer) -> None:
        for said, file in zip(texts, answer["files"], strict=True):
            shell.say(said)
            shell.say(f"  {shell.translate(N_('Written: {path}')).format(path=file['receipt'])}\n")

    return write


def taken(shell: Shell, file: Answer) -> None:
    """One line for a file that was laid into the inbox, and where its receipt is."""
    status = shell.translate(STATUS[file["status"]])
    shell.say("  ".join(str(part) for part in (file["path"], status, file["receipt"], file["receipt_page"]) if part))


def inbox(shell: Shell, answer: Answer) -> None:
    """How many files were taken in, and how many still lie there."""
    said = N_("Inbox: accepted {accepted}, duplicates {duplicate}, refused {refused}, still there {waiting}.")
    shell.say(shell.translate(said).format(**answer))


def compared(shell: Shell, answer: Answer) -> None:
    """Both areas with their error, the mean, and whether to walk again."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    headings = (N_("Patrol"), N_("Area (m²)"), N_("± 95 % (m²)"), N_("Perimeter (m)"), N_("Laps"), N_("Crosses itself"))
    table(shell, headings, [_walk(shell, walk) for walk in answer["walks"]], numeric=(1, 2, 3, 4, 5))
    told = {name: number(answer[name], shell.language, 1) for name in ("area_m2", "differ_pct", "most_pct")}
    told["error_m2"] = number(Z95 * answer["area_se_m2"], shell.language, 1)
    shell.say(_(N_("Mean {area_m2} ± {error_m2} m² (95 %); they differ by {differ_pct} %.")).format(**told))
    if answer["overlap"] == 0.0:
        shell.say(_(N_("The two walks do not overlap: are they round the same plot?")))
    elif answer["walk_again"]:
        shell.say(_(N_("They differ by more than {most_pct} %: walk again.")).format(**told))


def _walk(shell: Shell, walk: Answer) -> tuple[object, ...]:
    metres = (walk["area_m2"], Z95 * walk["area_se_m2"], walk["perimeter_m"])
    told = (number(value, shell.language) for value in metres)
    return walk["walk"], *told, walk["laps"], walk["crossings"]


def hints(shell: Shell, refused: list[Answer]) -> None:
    """Say once what to do about each kind of refusal."""
    for hint in dict.fromkeys(row["hint"] for row in refused if row.get("hint")):
        shell.say(f"{shell.translate('What to do')}: {hint}")


def _lengths(shell: Shell, patrol: Answer) -> tuple[str, str, str, str]:
    fixes = patrol["fixes"]
    words = {name: sentence(name, shell.language, shell.translate) for name in fixes["marked"]}
    marked = ", ".join(f"{words[name]} {count}" for name, count in fixes["marked"].items())
    length = number(patrol["length_km"], shell.language, 2)
    return length, number(patrol["hours"], shell.language, 2), f"{fixes['kept']}/{fixes['total']}", marked


STATUS = {
    "accepted": N_("accepted"),
    "duplicate": N_("duplicate"),
    "refused": N_("refused"),
    "conflict": N_("conflict"),
}


def patrols(shell: Shell, answer: Answer) -> None:
    """One row per patrol."""
    if answer["simulated"]:
        shell.say(shell.translate(SIMULATED))
    headings = (N_("Patrol"), N_("Unit"), N_("Start"), N_("Length (km)"), N_("Hours"), N_("Fixes kept"), N_("Marked"))
    rows = [(p["id"], p["unit"], local(p["start"]), *_lengths(shell, p)) for p in answer["patrols"]]
    table(shell, headings, rows, numeric=(3, 4, 5))


WHY: Mapping[str, str] = {
    "random": N_("drawn at random"),
    "exploit": N_("high score"),
    "uncertain": N_("least sure of the list"),
}


def chosen(shell: Shell, answer: Answer) -> None:
    """The list, and how it was drawn."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    said = N_("Draw {draw}: {listed} of {candidates} open candidates of season {season}.")
    shell.say(_(said).format(listed=len(answer["stops"]), **answer))
    if answer["other_models"]:
        said = N_("{count} open candidates of other models than {model} are left out: their scores do not compare.")
        shell.say(_(said).format(count=answer["other_models"], model=answer["model"]))
    headings = (N_("Place"), N_("Commune"), N_("Class"), N_("Score"), N_("Why"), N_("Drawn with probability"))
    day, clocked = date.fromisoformat(answer["day"]), any(stop["lancing_from"] for stop in answer["stops"])
    rows = [
        (
            stop["code"],
            stop["commune"],
            stop["class"] + "?",
            number(stop["score"], shell.language, 2),
            _(WHY[stop["why"]]),
            number(stop["inclusion_prob"], shell.language, 3),
            *(harvest_text.cells(shell, stop, day) if clocked else ()),
        )
        for stop in answer["stops"]
    ]
    table(
        shell,
        (*headings, *(harvest_text.HEADINGS if clocked else ())),
        rows,
        numeric=(3, 5, *((7,) if clocked else ())),
    )
    if clocked:
        shell.say(_(harvest_text.EXPECTED))
    shell.say(_(N_("Places drawn at random must be visited like the others: figures rest on them alone.")))
    shell.say(_(NOT_A_FINDING))


def plots(shell: Shell, answer: Answer) -> None:
    """One row per plot and season, with the clock of the harvest where any has one."""
    day, clocked = date.fromisoformat(answer["day"]), any(p["lancing_from"] for p in answer["plots"])
    headings = (
        N_("Code"),
        N_("Season"),
        N_("State"),
        N_("Class"),
        N_("Score"),
        N_("Score by"),
        N_("Area (m²)"),
        N_("Commune"),
        N_("Id"),
        *(harvest_text.HEADINGS if clocked else ()),
    )
    rows = [
        (
            p["code"],
            p["season"],
            word(shell, State, p["state"]),
            p["class"] + ("?" if p["class_estimated"] else ""),
            number(p["score"], shell.language, 2),
            shell.translate(N_("rules")) if p["model"] == RULES else p["model"] or "–",
            number(p["area_m2"], shell.language),
            p["commune"],
            p["id"],
            *(harvest_text.cells(shell, p, day) if clocked else ()),
        )
        for p in answer["plots"]
    ]
    if rows and answer["plots"][0].get("simulated"):
        shell.say(shell.translate(SIMULATED))
    table(shell, headings, rows, numeric=(4, 6))
    if clocked:
        shell.say(shell.translate(harvest_text.EXPECTED))
    shell.say(shell.translate(NOT_A_FINDING))
