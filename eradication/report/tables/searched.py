"""What was walked and what satellites were asked: patrols with the state of their fixes, runs with their scenes."""

from collections.abc import Mapping
from typing import Any

from eradication.errors import N_
from eradication.report.tables.parts import Group, Table, Values, Writer
from eradication.report.view import PatrolRow

RUNS = (N_("Run"), N_("Model"), N_("Scenes used"), N_("Scenes failed"), N_("Unobserved"), N_("Candidates"))
PATROLS = (N_("Unit"), N_("Patrol"), N_("Day"), N_("Hours"), N_("Fixes"), N_("kept"), N_("marked, with reason"))


def runs(write: Writer) -> Group | None:
    """Return the runs over imagery, ``None`` where the report is of one unit: imagery is not one unit's."""
    if write.view.unit:
        return None
    table = Table(
        "",
        write.headings(RUNS),
        [_run(write, run) for run in write.view.runs],
        write(N_("No imagery of season {season} was scored."), season=write.view.season.label),
        left=frozenset({0, 1, 3}),
        key="runs",
        kind="runs",
        codes=frozenset({0}),
    )
    return Group(write.of_season(write(N_("Satellite runs"))), (), (table,), "runs")


def _run(write: Writer, run: Values) -> list[str]:
    scenes = run.get("scenes")
    told: Mapping[str, Any] = scenes if isinstance(scenes, Mapping) else {}
    used, failed = told.get("used"), told.get("failed")
    parts = [part for part in (failed if isinstance(failed, list) else []) if isinstance(part, Mapping)]
    count = write.number(len(parts))
    return [
        *(write.text(run.get("run")), write.text(run.get("model"))),
        write.number(len(used) if isinstance(used, list) else used),
        "\n".join([count, *(_failed(write, part) for part in parts)]) if parts else count,
        *(write.share(run.get("unobserved_share")), write.number(run.get("candidates"))),
    ]


def _failed(write: Writer, part: Values) -> str:
    asset = part.get("asset")
    told = (write.text(part.get("id")), write.text(asset) if asset not in (None, "", "*") else "")
    return " · ".join(text for text in (*told, write.reason(part.get("reason"))) if text)


def patrols(write: Writer) -> Group:
    """Return the patrols, with how many of their fixes were kept and why the others were marked."""
    unit, patrol, day, *others = write.headings(PATROLS)
    table = Table(
        "",
        (unit, patrol, day, "km", *others),
        [_patrol(write, row) for row in write.view.patrols],
        write(N_("No patrol in this time.") if write.view.period else N_("No patrol in this season.")),
        left=frozenset({0, 1, 2, 7}),
        key="patrols",
        kind="patrols",
    )
    title = f"{write(N_('Patrols'))} ({write.number(len(write.view.patrols))})"
    return Group(title, (), (table,), "patrols")


def _patrol(write: Writer, row: PatrolRow) -> list[str]:
    return [
        *(write.text(row.unit), write.text(row.name), write.day(row.start)),
        *(write.number(row.length_km, 1), write.number(row.hours, 1), write.number(row.total), write.number(row.kept)),
        marked(write, row.marked),
    ]


def marked(write: Writer, marks: Mapping[str, int]) -> str:
    """Write how many fixes bear which mark."""
    return ", ".join(f"{write.reason(mark)} {write.number(count)}" for mark, count in marks.items()) or "–"
