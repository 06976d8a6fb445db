"""Retention: tracks whose time is over are thinned to the effort they gave, with an event that says so.

A season is thinned whole, once the last day on which one of its tracks can have been walked lies as many months back
as the settings say. First what the tracks gave is written down (:mod:`.thinning_record`), then, in one transaction,
the event is appended and fixes and waypoints are deleted; last the raw files go. Cut off in between, whoever opens the
workspace next goes on (:mod:`eradication.store.thinning`).
"""

import os
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from eradication.domain import TIMEZONE, Event, EventKind, Json, Season
from eradication.domain.event import canonical
from eradication.errors import N_, UnusableInput
from eradication.pipeline import projection, thinned
from eradication.pipeline.workspace import Workspace, disk_errors_explained
from eradication.progress import Stage, quiet
from eradication.store import Transaction, blobs, thinning

LEAST_MONTHS = 12
"""No shorter time is taken: stores elsewhere would not believe it (:data:`eradication.store.thinning.LEAST_DAYS`)."""

DUE, HELD, WAITING, DONE = "due", "held", "not_yet", "thinned"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to become of one season's tracks."""

    season: Season
    due_on: date
    """First day on which they may be thinned."""
    state: str
    """``due``, ``held`` (all that is left of them), ``not_yet`` or ``thinned``."""
    patrols: tuple[str, ...]
    """With tracks here that may go now."""
    held: Mapping[str, str]
    """Patrol → the entry of ``[retention] keep`` that keeps its track."""
    gone: int
    """Patrols whose tracks are thinned already."""


def run(
    workspace: Workspace, by: str, months: int = 0, *, dry_run: bool = False, stage: Stage = quiet
) -> dict[str, Any]:
    """Thin the tracks of every season whose time is over.

    Args:
        workspace: whose tracks.
        by: code of the person who answers for it; empty only with ``dry_run``.
        months: after the end of a season; 0 = as the settings say.
        dry_run: only tell what would be done.
        stage: hears of each season.

    Raises:
        UnusableInput: ``too_soon``, ``nobody_named``.
        StorageFailed: nothing is half done; run it again.
    """
    months = months or workspace.settings.retention.months
    if months < LEAST_MONTHS:
        message, hint = N_("Tracks are kept whole for at least 12 months."), N_("Give --months 12 or more.")
        raise UnusableInput("too_soon", message, where="--months", hint=hint)
    if not dry_run and not by.strip():
        message, hint = N_("Nobody is named who answers for it."), N_("Add --by CODE, or --dry-run to only look.")
        raise UnusableInput("nobody_named", message, where="--by", hint=hint)
    rows = []
    plans = planned(workspace, months, datetime.now(UTC))
    tick = stage(N_("Thinning tracks"))
    for number, plan in enumerate(plans, start=1):
        told = {"patrols": 0, "fixes": 0, "bytes": 0, "files": 0, "record": ""}
        if plan.state == DUE:
            with disk_errors_explained(workspace.folder):
                told |= _counted(workspace, plan) if dry_run else thin(workspace, plan, by.strip(), months)
        rows.append(_row(plan, told, done=not dry_run))
        tick(number, len(plans))
    if not dry_run:
        _sweep(workspace)
    simulated = projection.is_simulated(workspace)
    return {"months": months, "dry_run": dry_run, "seasons": rows, "simulated": simulated}


def planned(workspace: Workspace, months: int, now: datetime) -> list[Plan]:
    """Return what is to become of each season's tracks, oldest first."""
    recorded = workspace.store.events(kinds=[EventKind.PATROL_RECORDED])
    by_season: dict[Season, dict[str, Event]] = {}
    for event in recorded:
        season = Season.of(thinning.began_at(event))
        by_season.setdefault(season, {})[str(event.payload["patrol"]["id"])] = event
    here = workspace.store.tracked()
    today = now.astimezone(TIMEZONE).date()
    return [_plan(workspace, season, sorted(by_season[season]), here, (months, today)) for season in sorted(by_season)]


def _plan(
    workspace: Workspace, season: Season, ids: Sequence[str], here: Collection[str], when: tuple[int, date]
) -> Plan:
    months, today = when
    due_on = _months_after(Season(season.start_year + 1).first_day, months)
    reasons = {entry.split(maxsplit=1)[0]: entry for entry in workspace.settings.retention.keep if entry.strip()}
    left = [name for name in ids if name in here]
    held = {name: reasons[key] for name in left for key in (season.label, name) if key in reasons}
    free = tuple(name for name in left if name not in held)
    if today < due_on:
        state = WAITING
    else:
        state = DUE if free else HELD if held else DONE
    return Plan(season, due_on, state, free if state == DUE else (), held, len(ids) - len(left))


def _months_after(day: date, months: int) -> date:
    """Return the same day of a later month; ``day`` is the first of one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, day.day)


def _counted(workspace: Workspace, plan: Plan) -> dict[str, Any]:
    fixes = sum(len(segment) for _, segment in workspace.store.tracks(plan.patrols))
    return {"patrols": len(plan.patrols), "fixes": fixes, "bytes": None, "files": len(_raw(workspace, plan.patrols))}


def _row(plan: Plan, told: Mapping[str, Any], *, done: bool) -> dict[str, Any]:
    return {
        "season": plan.season.label,
        "due_on": plan.due_on.isoformat(),
        "state": DONE if plan.state == DUE and done else plan.state,
        **told,
        "thinned_before": plan.gone,
        "held": [{"patrol": name, "keep": entry} for name, entry in plan.held.items()],
    }


def thin(workspace: Workspace, plan: Plan, by: str, months: int) -> dict[str, Any]:
    """Thin the tracks of one season; return ``patrols``, ``fixes``, ``bytes``, ``files`` and the record's hash.

    Where another office thinned just these walks, its event and its record are taken for this store too.
    """
    from eradication.pipeline import thinning_record  # reads maps

    ids, store = plan.patrols, workspace.store
    before = _followed(workspace, plan)
    content = (
        b""
        if before
        else canonical(thinning_record.of_season(workspace, plan.season, ids, _moments(workspace, plan.season)))
    )
    with store.transaction() as transaction:
        record = str(before.payload["record"]["sha256"]) if before else _keep(transaction, content)
        told = transaction.thin(ids)
        files = _raw(workspace, ids)
        answer = {"patrols": told.patrols, "fixes": told.fixes, "bytes": told.bytes, "files": len(files)}
        if before is None:
            body: dict[str, Json] = {**answer, "season": plan.season.label, "patrols": [*ids], "months": months}
            body |= {"by": by, "record": {"sha256": record}}
            transaction.append(EventKind.TRACKS_THINNED, datetime.now(UTC), body)
        thinning.note(workspace.folder, record, files)
    store.forget(files)
    (workspace.folder / thinning.NOTE).unlink(missing_ok=True)
    return answer | {"record": record}


def _raw(workspace: Workspace, more: Collection[str] = ()) -> frozenset[str]:
    """Return the raw files here of patrols whose tracks are gone, or will be with ``more``, and of nothing else."""
    store = workspace.store
    gone = {*thinned.since(workspace), *more}
    events = [*store.events(), *(held.event for held in store.pending())] if gone else []
    return frozenset(name for name in thinning.excused(events, gone) if store.original(name) is not None)


def _followed(workspace: Workspace, plan: Plan) -> Event | None:
    """Return the event of another office that thinned just these walks, if its record is here."""
    from eradication.pipeline import thinning_record

    thinnings = thinning.in_force(workspace.store)
    events = {name: thinnings.get(name) for name in plan.patrols}
    wanted = thinning_record.basis(workspace, plan.season)
    if None in events.values() or not thinned.holds_whole(workspace, plan.season, wanted):
        return None
    return next(iter(events.values()))


def _moments(workspace: Workspace, season: Season) -> list[Any]:
    """Return now, and when each period was closed that may speak of the season."""
    from eradication.pipeline import periods
    from eradication.pipeline.thinning_record import Moment

    closed = [one for one in periods.closings(workspace) if one.period.last_day >= season.first_day]
    return [Moment(), *(Moment(one.event.recorded_at, one.period.last_day) for one in closed)]


def _keep(transaction: Transaction, content: bytes) -> str:
    handle, name = tempfile.mkstemp(prefix="effort-", suffix=".json")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        return transaction.put_original(Path(name))
    finally:
        Path(name).unlink(missing_ok=True)


def _sweep(workspace: Workspace) -> None:
    """Remove raw files of thinned patrols that came back, by a restored folder, say, and the inbox's copies of them.

    Where the inbox unpacked an archive, its copy is the archive, which bears another hash and stays.
    """
    from eradication.pipeline.inbox import DONE as PUT_AWAY  # brings what draws receipts

    gone = thinned.since(workspace)
    if not gone:
        return
    if left := _raw(workspace):
        workspace.store.forget(left)
    raw = thinning.excused(workspace.store.events(), gone)
    with disk_errors_explained(workspace.inbox):
        for path in (workspace.inbox / PUT_AWAY).rglob("*"):
            if path.is_file() and not path.is_symlink() and blobs.sha256_of(path) in raw:
                path.unlink()


def follow(workspace: Workspace) -> dict[str, Any]:
    """Thin here what other offices have thinned, where this one's settings allow; say what they do not allow.

    Returns:
        ``thinned`` and ``should``: seasons, with how many patrols each.
    """
    named = thinning.in_force(workspace.store)
    told: dict[str, list[dict[str, Any]]] = {"thinned": [], "should": []}
    if not named:
        return told
    months = workspace.settings.retention.months
    for plan in planned(workspace, months, datetime.now(UTC)):
        mine = [name for name in plan.patrols if name in named]
        if mine:
            thin(workspace, plan, str(named[mine[0]].payload.get("by", "")), months)
            told["thinned"].append({"season": plan.season.label, "patrols": len(plan.patrols)})
        waiting = _waiting(workspace, plan, named)
        if waiting:
            told["should"].append({"season": plan.season.label, "patrols": waiting, "state": plan.state})
    return told


def _waiting(workspace: Workspace, plan: Plan, named: Mapping[str, Event]) -> int:
    if plan.state == DUE:
        return sum(name in named for name in plan.held)
    here = workspace.store.tracked() if plan.state == WAITING else set(plan.held)
    events = workspace.store.events(kinds=[EventKind.PATROL_RECORDED])
    own = {str(e.payload["patrol"]["id"]) for e in events if Season.of(thinning.began_at(e)) == plan.season}
    return len(here & own & named.keys())
