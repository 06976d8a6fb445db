"""Rows of a visit table become events: each finds its plot, is checked, and is answered one by one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication import history
from eradication.domain import Episode, Event, EventKind, Json, Outcome, Season, State, Visit
from eradication.errors import N_
from eradication.history import payload
from eradication.ingest import visits as tables
from eradication.pipeline import journal, kept, projection
from eradication.pipeline.known_plots import KnownPlots
from eradication.pipeline.workspace import Workspace
from eradication.progress import Tick
from eradication.store import Transaction

DECISION_KINDS = (EventKind.PLOTS_MERGED, EventKind.PLOTS_HELD_APART, EventKind.PLOT_SPLIT)
VISIT_KINDS = (EventKind.VISIT_RECORDED, EventKind.VISIT_CORRECTED)


def read(workspace: Workspace, path: Path, timezone: str) -> list[tables.VisitRow]:
    """Read a visit table, row by row; a bad row is an answer, not an error."""
    zone = timezone or workspace.settings.workspace.timezone
    return tables.read(path, settings=workspace.settings, now=datetime.now(UTC), timezone=zone)


class Desk:
    """What is known while a table is entered: the events so far, this table's own included."""

    def __init__(self, workspace: Workspace, transaction: Transaction, sha256: str, force: str = "") -> None:
        """Take stock of plots and visits before the first row.

        Args:
            workspace: whose visits they are.
            transaction: everything or nothing.
            sha256: of the table.
            force: why verifications by a unit that is not independent are taken all the same; empty = they are not.
        """
        self.force = force
        self.decisions = transaction.events(kinds=(*DECISION_KINDS, EventKind.UNITS_RECORDED))
        self.successions = history.successions(self.decisions)
        self.workspace = workspace
        self.transaction = transaction
        self.sha256 = sha256
        self.commune_at = projection.locator(workspace)
        self.communes = projection.names(workspace)
        self.by_plot: dict[str, list[Event]] = {}
        self.by_visit: dict[str, list[Event]] = {}
        self.visits_of_instances: dict[str, str] = {}
        events = transaction.events()
        known = kept.places(workspace, events, datetime.now(UTC))
        self.plots = KnownPlots(self._replay(events).plots if known is None else known, workspace.settings)
        self.forms: dict[str, str] = {}
        """Number of each form that was printed → the plot it was printed for."""
        for event in events:
            self._index(event)

    def _replay(self, events: Sequence[Event], until: datetime | None = None) -> history.History:
        settings, now = self.workspace.settings, datetime.now(UTC)
        return history.replay(events, as_of=now, locate=self.commune_at, settings=settings, happened_until=until)

    def _index(self, event: Event) -> None:
        if "plot_id" in event.payload:
            self.by_plot.setdefault(str(event.payload["plot_id"]), []).append(event)
        if event.kind is EventKind.VISIT_RECORDED:
            self.by_visit.setdefault(key_of(event), []).append(event)
            instance = str((event.payload.get("form") or {}).get("instance_id", ""))
            if instance:
                self.visits_of_instances.setdefault(instance, key_of(event))
        if event.kind is EventKind.SHEETS_PRINTED:
            self.forms |= {str(form["form"]): str(form["plot_id"]) for form in event.payload["forms"]}

    def append(self, kind: EventKind, happened_at: datetime, body: dict[str, Json]) -> Event:
        """Append an event and know it, and a plot it founds, from now on."""
        event = self.transaction.append(kind, happened_at, body)
        self._index(event)
        if body.get("founding"):
            self.plots.add(self._replay([event]).plots)
        return event

    def episode(self, plot_id: str, moment: datetime) -> Episode | None:
        """Return a plot's season as its own events tell it up to ``moment``.

        A check after 31 August speaks of what was destroyed, and not yet checked, in the season just ended.
        """
        plot = self.plots.get(plot_id)
        if plot is None:
            return None
        names = self._kin({plot.id, *plot.aliases})
        events = [event for name in sorted(names) for event in self.by_plot.get(name, [])]
        told, season = self._replay([*self.decisions, *events], moment), Season.of(moment)
        before = told.episode(plot_id, Season(season.start_year - 1))
        waits = before is not None and before.state is State.ERADICATED
        return told.episode(plot_id, season) or (before if waits else None)

    def _kin(self, names: set[str]) -> set[str]:
        """Return ``names`` and the ids of plots they were divided from: events from before speak of these."""
        for event in self.decisions:
            if event.kind is EventKind.PLOT_SPLIT and names & {str(p["plot_id"]) for p in event.payload["parts"]}:
                names = names | set(event.payload["names"])
        return names

    def row_checks(self, visit: Visit, plot_id: str) -> list[str]:
        """Return what is odd about the unit, and about the printed form whose number a visit bears, if it bears one."""
        printed_for = self.forms.get(visit.visit_id.upper(), "")
        plot = self.plots.get(plot_id)
        names = (plot_id, *plot.aliases) if plot else (plot_id,)
        odd = [] if self.successions.knows(visit.unit) else ["unknown_unit"]
        return [*odd, "form_of_another_plot"] if printed_for and printed_for not in names else odd

    def code(self, lon: float | None, lat: float | None, season: Season) -> str:
        """Return the short permanent code of a plot that is founded there in ``season``."""
        commune = "" if lon is None or lat is None else self.commune_at(lon, lat)
        taken = history.codes(self.plots.values())
        return history.next_code(self.communes.get(commune, ""), season, taken)


def record(desk: Desk, rows: Sequence[tables.VisitRow], tick: Tick) -> list[dict[str, Any]]:
    """Enter rows in the order in which things happened, and answer them in the order in which they stand."""
    answers: dict[int, dict[str, Any]] = {}
    for done, index in enumerate(sorted(range(len(rows)), key=lambda i: _when(rows[i])), start=1):
        answers[index] = _enter(desk, rows[index])
        tick(done, len(rows))
    return [answers[index] for index in range(len(rows))]


def _when(row: tables.VisitRow) -> tuple[datetime, int]:
    if row.visit is None:
        return datetime.min.replace(tzinfo=UTC), 0
    return row.visit.visited_at, list(Outcome).index(row.visit.outcome)


def _enter(desk: Desk, row: tables.VisitRow) -> dict[str, Any]:
    visit = row.visit
    if visit is None:
        return answer_of(row, "refused", row.reason)
    key, form = "/".join(visit.key), row.submission
    if form is not None and desk.visits_of_instances.get(form.instance_id, key) != key:
        return answer_of(row, "conflict", "instance_taken", message=INSTANCE_TAKEN)
    earlier = desk.by_visit.get(key, [])
    placement = history.place_visit(
        visit, desk.plots.meant_by(visit, row.outline), desk.workspace.settings, outline=row.outline
    )
    body: dict[str, Json] = {"visit": payload.visit_json(visit)}
    if row.outline is not None:
        body["geometry"] = payload.geojson(row.outline)
    if any(content_of(e.payload) == content_of(body) for e in earlier):
        return answer_of(row, "duplicate", "same_content", plot=str(earlier[0].payload["plot_id"]))
    breach = "" if placement.reason else breach_of(desk, visit, placement)
    reason = placement.reason or ("" if desk.force else breach)
    if reason:
        return answer_of(row, "refused", reason, plot=placement.plot_id, message=REFUSALS[reason])
    checks = [*row.checks, *placement.checks, *desk.row_checks(visit, placement.plot_id)]
    if breach:
        body["forced"] = desk.force
        checks.append("forced_verification")
    body |= {
        "plot_id": placement.plot_id,
        "founding": placement.founding,
        "code": desk.code(visit.lon, visit.lat, Season.of(visit.visited_at)) if placement.founding else "",
        "ambiguous_with": list(placement.ambiguous_with),
        "sha256": form.sha256 if form else desk.sha256,
        "checks": list(checks),
    }
    if form is not None:
        body |= journal.of_submission(form)
    event = desk.append(EventKind.VISIT_RECORDED, visit.visited_at, body)
    told: dict[str, Any] = {"plot": placement.plot_id, "checks": checks, "event": list(event.key)}
    if placement.ambiguous_with:
        told["ambiguous_with"] = list(placement.ambiguous_with)
    if earlier:
        return answer_of(row, "conflict", "other_content", message=CONFLICT) | told
    return answer_of(row, "accepted", "") | told


def content_of(event: Mapping[str, Json]) -> tuple[Json, Json]:
    """Return what a person said in an event, without where the program placed it."""
    return event["visit"], event.get("geometry")


INSTANCE_TAKEN = N_(
    "This filling-in was taken before as another visit; the file is kept, the first one counts. Correct that visit."
)
CONFLICT = N_("Another row with this unit, visit and outcome says something else; both are kept, the first one counts.")
NOT_INDEPENDENT = N_(
    "This unit, or one of these officers, found or destroyed here: other officers of another unit have to verify."
)
REFUSALS = {
    "verifier_not_independent": NOT_INDEPENDENT,
    "unknown_plot": N_("There is no plot with this id or code."),
    "ambiguous_code": N_("Two plots bear this code; use the id."),
    "other_visit": N_("A correction must bear the unit and the number of the visit it corrects."),
    "no_place": N_("The row names neither a plot nor a position."),
}


def breach_of(desk: Desk, visit: Visit, placement: history.Placement) -> str:
    """Return why a verification must not be taken where it is placed, or an empty text."""
    if placement.founding:
        return ""
    episode = desk.episode(placement.plot_id, visit.visited_at)
    return (history.check_visit(visit, episode, desk.successions) or "") if episode else ""


def answer_of(row: tables.VisitRow, status: str, reason: str, *, plot: str = "", message: str = "") -> dict[str, Any]:
    """Return what is answered of a row."""
    visit = row.visit
    return {
        "line": row.line,
        "unit": visit.unit if visit else "",
        "visit_id": visit.visit_id if visit else row.visit_id,
        "outcome": str(visit.outcome) if visit else row.outcome,
        "status": status,
        "reason": reason,
        "message": row.error.message if row.error else message,
        "where": row.error.where if row.error else "",
        "hint": row.error.hint if row.error else "",
        "values": row.error.values if row.error else {},
        "plot": plot,
        "checks": list(row.checks),
    }


def key_of(event: Event) -> str:
    """Return ``unit/visit_id/outcome`` of a recorded visit."""
    visit: Mapping[str, Any] = event.payload["visit"]
    return "/".join(str(visit.get(name, "")) for name in ("unit", "visit_id", "outcome"))
