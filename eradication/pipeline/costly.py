"""What stands beside the ledger and takes long to tell, kept until something it rests on changes.

The answer about now is kept beside the outputs under the name of all it rests on: communes, settings, files named in
them, the day and this program, with the head of every chain. Asked for an earlier moment, it is computed. Whoever would
rather have figures at once than those of this minute is told those that were kept last, and of when they are; where
none were kept yet, and there is much to compute them of, that they are not known yet.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from eradication import effort, history
from eradication import ledger as books
from eradication.domain import EventKind, Period, Season
from eradication.domain.event import iso
from eradication.errors import N_
from eradication.ledger import Entry
from eradication.pipeline import basis, facts, idle, not_yet, photos, projection, set_layers, tip_answers
from eradication.pipeline.question import Question, whose
from eradication.pipeline.workspace import Workspace, write_whole

type Costly = Mapping[str, Any]
"""``effort`` (of ``all`` and ``by_unit``), ``coverage``, ``undetected``, ``precision``, ``rechecks`` (each of the three
``None`` of a calendar year), ``photos`` (``reused`` visits, ``redated`` plots), ``conversions``, ``by_season``,
``tips_answered`` (number of each); plain JSON."""


class Told(Protocol):
    """Whoever knows the history and the entries of a question."""

    @property
    def replay(self) -> history.History:
        """The history as the scope left it."""

    def every(self) -> Sequence[Entry]:
        """The entries of all seasons as the scope left them."""


def costly(workspace: Workspace, question: Question, teller: Told, *, at_once: bool = False) -> Costly:
    """Return what takes long, as it is kept or computed; ``at_once`` = rather as it was kept last than waited for.

    ``late`` says of when figures are that were kept before something came; it is empty of those of now, and
    :data:`.not_yet.NEVER` of :data:`.not_yet.TOLD`.
    """
    if question.as_of is not None:
        return _plain(_computed(workspace, question, teller)) | {"late": ""}
    path, name = _path(workspace, question), _name(workspace)
    found = _read(path)
    if found.get("name") == name and idle.only_idle_since(workspace, _heads(found)):
        return found | {"late": ""}
    if at_once and found.get("program") == _program():
        return found | {"late": found["at"]}
    if at_once and not not_yet.is_little(workspace):
        return not_yet.TOLD
    of_now = {"program": _program(), "name": name, "heads": idle.heads(workspace), "at": iso(datetime.now(UTC))}
    told = _plain(of_now | _computed(workspace, question, teller))
    write_whole(path, json.dumps(told, ensure_ascii=False))
    return told | {"late": ""}


def kept_at(workspace: Workspace, question: Question) -> int:
    """Return a number that changes whenever what takes long was computed anew."""
    try:
        return _path(workspace, question).stat().st_mtime_ns
    except OSError:
        return 0


def _path(workspace: Workspace, question: Question) -> Path:
    scope = question.scope
    asked = repr((scope.season, scope.year, scope.period, question.vintage, question.unit))
    return workspace.folder / "outputs" / "beside" / f"{hashlib.sha256(asked.encode()).hexdigest()[:16]}.json"


def _plain(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same as it would be read again: an answer must not tell whether it was kept."""
    plain: dict[str, Any] = json.loads(json.dumps(told))
    return plain


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found


def _heads(found: Mapping[str, Any]) -> idle.Heads:
    return {str(origin): (int(events), str(head)) for origin, (events, head) in found["heads"].items()}


def _name(workspace: Workspace) -> str:
    """Name everything the figures rest on besides events."""
    settings = workspace.settings
    parts = [_program(), repr(settings), projection.day_of(None, None).isoformat(), str(workspace.simulated)]
    parts.append(basis.outlines(workspace.store.units()))
    # Outlines of forests, heights and the border lie in files outside the store.
    for section, name in (("effort", "forest"), ("terrain", "dem"), ("distances", "border")):
        path = set_layers.path(settings, workspace.folder, section, name)
        parts += [f"{path} {path.stat().st_mtime_ns} {path.stat().st_size}"] if path and path.exists() else []
    # So do the maps of what satellites saw, and of old swidden, which orders the ground by risk.
    folder = workspace.folder / "outputs" / "runs"
    maps = [*sorted(folder.glob("*/flowering.tif")), *sorted(folder.glob("*/bare_share.tif"))]
    parts += [f"{path.parent.name} {path.name} {path.stat().st_mtime_ns} {path.stat().st_size}" for path in maps]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _program() -> str:
    """Return a hash of this program."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _computed(workspace: Workspace, question: Question, teller: Told) -> dict[str, Any]:
    return {
        "effort": _effort(workspace, question),
        "coverage": _coverage(workspace, question),
        **_of_season(workspace, question, teller),
        "photos": _photos(workspace, question, teller),
        "conversions": _conversions(workspace, question, teller),
        "by_season": _by_season(workspace, question, teller.every()),
        "tips_answered": tip_answers.answered(workspace, question, teller.replay),
    }


def _effort(workspace: Workspace, question: Question) -> dict[str, Any]:
    """Return the effort of a season or span: of the unit asked, or of everybody, and by unit."""
    recorded = workspace.store.events(as_of=question.as_of, kinds=[EventKind.PATROL_RECORDED])
    span, season = question.scope.span, question.scope.season
    told = [e.payload["patrol"] for e in recorded if span is None or span[0] <= e.happened_at <= span[1]]
    is_own = whose(workspace, question)
    mine = [patrol for patrol in told if is_own(patrol["unit"])]
    by_unit = effort.by_unit(told, season=season)
    return {
        "all": dataclasses.asdict(effort.summarise(mine, season=season)),
        "by_unit": {unit: dataclasses.asdict(one) for unit, one in by_unit.items()},
    }


def _coverage(workspace: Workspace, question: Question) -> dict[str, Any]:
    season = question.season_beside
    if question.unit:
        why = N_("How much of the ground was seen is told in the province's report.")
        return {"optical": None, "patrol": None, "none": None, "why": why}
    if season is None:
        why = N_("Coverage is told by season: ask for a season instead of a year.")
        return {"optical": None, "patrol": None, "none": None, "why": why}
    from eradication.pipeline import covered  # reads maps

    return covered.total(workspace, season, question.as_of)


def _of_season(workspace: Workspace, question: Question, teller: Told) -> dict[str, Any]:
    """Return the three lines of the undetected, and what visits drawn at random say; of a year of the calendar nothing.

    Draws over the whole province say nothing of one unit: of a unit only its own re-checks are counted.
    """
    season, told = question.season_beside, teller.replay
    if season is None:
        return {"undetected": None, "precision": None, "rechecks": None}
    from eradication.pipeline import precision, undetected  # read maps, bring scipy

    rechecks = _rechecks(workspace, question, teller, season)
    if question.unit:
        return {
            "undetected": dict(undetected.OF_NO_UNIT),
            "precision": dict(precision.OF_NO_UNIT),
            "rechecks": rechecks,
        }
    return {
        "undetected": undetected.told(workspace, season, question.as_of, told),
        "precision": precision.of_season(workspace, season, question.as_of, told),
        "rechecks": rechecks,
    }


def _rechecks(workspace: Workspace, question: Question, teller: Told, season: Season) -> dict[str, Any]:
    """Return how far the re-checks of a season have come.

    Of a period those of its season, and of every other season of which plots were destroyed in the reporting year until
    its end: ``seasons``, and ``met`` if all of them are. Re-checks are drawn and required by season, so each is told
    whole, with what was destroyed of it in another reporting year.
    """
    from eradication.pipeline import rechecking  # brings scipy

    every = teller.every()
    blocks = []
    for one in sorted({season, *_destroyed_in(question, every)}):
        mine = {entry.plot_id for entry in every if entry.season == one} if question.unit else None
        blocks.append(rechecking.of_season(workspace, one, question.as_of, teller.replay, only=mine))
    if question.period is None:
        return blocks[0]
    return {"met": None if question.unit else all(block["met"] for block in blocks), "seasons": blocks}


def _destroyed_in(question: Question, entries: Sequence[Entry]) -> set[Season]:
    """Return the seasons of the plots that were destroyed in a span or are counted in it as destroyed; else none."""
    span = question.scope.span
    if span is None:
        return set()
    gone = [(e, e.eradicated_at) for e in entries if e.side is books.Side.INSIDE and e.eradicated_at is not None]
    return {entry.season for entry, when in gone if max(when, entry.detected_at or when) >= span[0]}


def _conversions(workspace: Workspace, question: Question, teller: Told) -> dict[str, Any] | None:
    season, year = question.scope.season, question.year_beside
    if season is None and year is None:
        return None
    asked = facts.Asked.of(season, year)
    mine = {entry.plot_id for entry in teller.every()} if question.unit else None
    return facts.conversions(workspace, asked, question.as_of, question.vintage, teller.replay, only=mine)


def cuts(workspace: Workspace, question: Question) -> list[datetime]:
    """Return the last moments of the reporting periods of the last ten years."""
    year = datetime.now(UTC).year if question.as_of is None else question.as_of.year
    own = workspace.settings.ledger
    return [Period(y, n, own.period_cuts).last for y in range(year - 10, year + 2) for n in range(4)]


def _photos(workspace: Workspace, question: Question, teller: Told) -> dict[str, list[str]]:
    """Return visits whose photos show another place or time, and plots whose photos lie across a period's cut.

    Of a unit its own visits, at whichever plot, and its plots, whoever was there.
    """
    scope, lasts, told = question.scope, cuts(workspace, question), teller.replay
    mine = {entry.plot_id for entry in teller.every()} if question.unit else None
    is_own = whose(workspace, question)
    visits = {"/".join(visit.key): visit for visit in told.recorded}
    reused, redated = set(), set()
    for check in photos.shown(workspace, told, question.as_of).checks:
        visit = visits.get(check.visit)
        if visit is None or not _is_of(visit.visited_at, scope):
            continue
        if check.code == "photo_reused" and is_own(visit.unit):
            reused.add(check.visit)
        elif check.code == "photo_other_day" and (mine is None or check.plot_id in mine):
            taken = visit.visited_at + timedelta(minutes=float(check.value))
            first, last = min(taken, visit.visited_at), max(taken, visit.visited_at)
            if any(first <= cut < last for cut in lasts):
                redated.add(check.plot_id)
    return {"reused": sorted(reused), "redated": sorted(redated)}


def _is_of(moment: datetime, scope: books.Scope) -> bool:
    if scope.span is not None:
        return scope.span[0] <= moment <= scope.span[1]
    return scope.season in (None, Season.of(moment))


def _by_season(workspace: Workspace, question: Question, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return detected, claimed and verified area season on season, always with the effort that found it (I7)."""
    recorded = workspace.store.events(as_of=question.as_of, kinds=[EventKind.PATROL_RECORDED])
    is_own = whose(workspace, question)
    patrols = [event.payload["patrol"] for event in recorded if is_own(event.payload["patrol"]["unit"])]
    rows = []
    for season in sorted({entry.season for entry in entries}):
        total = books.rows_by(entries, books.Scope(season), books.Wording("total"))
        walked = effort.summarise(patrols, season=season)
        row = total[0] if total else {}
        found = {name: row.get(name, 0) for name in ("detected_m2", "claimed_m2", "verified_m2", "plots")}
        rows.append({"season": season.label, **found, "km": round(walked.km, 1), "km2_visits": walked.km2_visits})
    return rows
