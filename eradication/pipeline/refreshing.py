"""Layers and what is kept of the replay, brought up to date with the events: of the plots concerned, or of all.

A few new events concern a few plots (:mod:`.together`): these alone are replayed and their rows replaced. Where
settings, communes, the border line or the program are others, where a season has ended meanwhile, or where what is
concerned cannot be told apart, everything is replayed. Both leave the same rows.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from eradication import history, ledger
from eradication.domain import Event, Season
from eradication.domain.event import iso, parse_iso
from eradication.errors import RefusedInput, UnusableInput
from eradication.ingest import boundaries
from eradication.pipeline import kept, projection, sums, together
from eradication.pipeline.basis import Ground, basis_of, rests_on
from eradication.pipeline.counting import Counting
from eradication.pipeline.kept import ENTRY, FIND, FINDING, MARKER, PLACE, TABLE
from eradication.pipeline.workspace import Workspace
from eradication.store import Row, Transaction

MOST_EVENTS, MOST_PLOTS = 20_000, 5_000
"""Where more is concerned, everything is replayed."""

LAYERS = ("plots", "candidates", "visits")
_TAKEN_TWICE = "code_taken_twice"


@dataclass(frozen=True, slots=True)
class Now:
    """The moment of a refresh."""

    workspace: Workspace
    read: Callable[[], Sequence[Event]]
    """Reads all events there are, of every kind, as the transaction sees them; it takes long."""
    ground: Ground
    basis: Mapping[str, str] | None
    """What a replay rests on besides events, ``None`` if that cannot be read."""

    def replayed(self, events: Iterable[Event], earliest: Season | None = None) -> history.History:
        """Return what events tell."""
        return history.replay(
            events,
            as_of=self.ground.now,
            locate=boundaries.locator(self.ground.units, self.ground.day),
            settings=self.workspace.settings,
            earliest=earliest,
        )

    def counted(self, told: history.History) -> list[ledger.Entry]:
        """Return the entries of a history.

        Raises:
            UnusableInput, RefusedInput: the border line cannot be read.
        """
        return Counting(self.workspace, self.ground.units, self.ground.day).entries(told.episodes)

    def layers(self, told: history.History) -> dict[str, list[Row]]:
        """Return the rows of the map layers."""
        names = projection.names_of(self.ground.units, self.ground.day)
        plots = [projection.layer_row(episode, names) for episode in told.episodes]
        concerned = {(row["plot_id"], row["season"]): row["units"] for row in plots}
        candidates = [row | {"units": concerned.get((row["plot_id"], row["season"]), "")} for row in told.candidates]
        return dict(zip(LAYERS, (plots, candidates, list(told.visits)), strict=True))


def refresh(workspace: Workspace, transaction: Transaction, now: datetime, *, whole: bool = False) -> history.History:
    """Bring everything up to date, inside the transaction that appended events; ``whole`` takes nothing over.

    Returns:
        The history of the plots that the new events concern, or of all.
    """
    ground = Ground(now, workspace.store.units())
    this = Now(workspace, transaction.events, ground, basis_of(workspace, ground))
    some = None if whole else _of_some(this, transaction)
    if some is not None:
        _write_some(this, transaction, some)
        return some.told
    told = this.replayed(this.read())
    for name, rows in this.layers(told).items():
        transaction.replace_layer(name, rows)
    transaction.replace_layer(TABLE, all_kept(this, told))
    return told


def all_kept(this: Now, told: history.History) -> list[Row]:
    """Return what is kept of a replay of everything.

    Nothing is kept, so that everybody replays, where events are from the future or the border line cannot be read.
    """
    events = this.read()
    latest = max((event.recorded_at for event in events if event.kind in history.KINDS), default=this.ground.now)
    if this.basis is None or latest > this.ground.now:
        return []
    try:
        counted = this.counted(told)
    except (UnusableInput, RefusedInput):
        return []
    heads: dict[str, int] = {}
    for event in events:
        heads[event.origin] = max(event.number, heads.get(event.origin, 0))
    earliest = min((entry.season.label for entry in counted), default="")
    note = {"heads": heads, "simulated": any(map(kept.says_simulated, events)), "earliest": earliest}
    rows = [*_of_plots(told, counted), *_of_findings(told.findings)]
    return [_marker(this, note, sums.Sealer(this.workspace).sums(rows)), *rows]


def _marker(this: Now, told: Mapping[str, Any], of_rows: sums.Sums) -> Row:
    note = {"as_of": iso(this.ground.now), **told}
    return _row(MARKER, "", "", sums.Sealer(this.workspace).sealed(note | dict(this.basis or {}), of_rows))


def _of_plots(told: history.History, counted: Iterable[ledger.Entry]) -> Iterator[Row]:
    for entry in counted:
        yield _row(ENTRY, entry.season.label, entry.plot_id, ledger.to_json(entry))
    for plot in told.plots:
        yield _row(PLACE, "", plot.id, kept.place_json(plot))
    for (season, plot_id), one in kept.first_finds(told.recorded).items():
        yield _row(FIND, season, plot_id, [plot_id, one.unit, one.lon, one.lat, iso(one.at)])


def _of_findings(findings: Iterable[history.Finding]) -> Iterator[Row]:
    seen: dict[str, int] = {}
    for finding in findings:
        row = _row(FINDING, finding.season, "", astuple(finding))
        digest = hashlib.sha256(str(row["body"]).encode()).hexdigest()[:32]
        seen[digest] = seen.get(digest, 0) + 1
        yield row | {"key": f"{digest}#{seen[digest]}"}


def _row(part: str, season: str, key: str, body: Any) -> Row:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return {"part": part, "season": season, "key": key, "body": text}


@dataclass(frozen=True, slots=True)
class _Some:
    """A replay of some plots."""

    told: history.History
    rows: list[Row]
    """What is kept of them."""
    plot_ids: frozenset[str]
    """Every id whose rows are replaced."""
    findings: list[Row]
    """Of all plots."""
    marker: Row


def _of_some(this: Now, transaction: Transaction) -> _Some | None:
    """Replay only what the new events concern; ``None`` if that cannot be done."""
    before = kept.marker_of(this.workspace)
    if before is None or not rests_on(before, this.basis, this.ground.now):
        return None
    heads = before["heads"]
    fresh = transaction.later(heads, history.KINDS)
    if _is_too_late(fresh, parse_iso(before["as_of"]), this.ground.now):
        return None
    found = together.with_all(transaction, fresh, this.workspace.settings, MOST_EVENTS)
    if found is None:
        return None
    told = this.replayed(found.events, Season.parse(before["earliest"]) if before["earliest"] else None)
    plot_ids = found.plot_ids | told.names_of_plots
    findings = _joined(this.workspace, told, {event.key for event in found.events})
    if findings is None or len(plot_ids) > MOST_PLOTS:
        return None
    try:
        counted = this.counted(told)
    except (UnusableInput, RefusedInput):
        return None
    earliest = _earliest(this.workspace, plot_ids, counted, before["earliest"])
    if earliest is None:
        return None
    stated = transaction.later(heads, kept.WITH_ORIGIN_STATED)
    note = {
        "heads": transaction.reached(),
        "simulated": before["simulated"] or any(map(kept.says_simulated, stated)),
        "earliest": earliest,
    }
    rows, of_findings = list(_of_plots(told, counted)), list(_of_findings(findings))
    sealer, replaced = sums.Sealer(this.workspace), _replaced(plot_ids)
    taken = sealer.sums(row for only in replaced for row in this.workspace.store.layer(TABLE, only=only))
    after = sums.changed(sums.read(before), taken, sealer.sums([*rows, *of_findings]))
    return _Some(told, rows, plot_ids, of_findings, _marker(this, note, after))


def _replaced(plot_ids: frozenset[str]) -> tuple[Mapping[str, Collection[str]], Mapping[str, Collection[str]]]:
    """Return which kept rows are replaced with some plots: theirs, and all findings."""
    return {"part": (ENTRY, PLACE, FIND), "key": plot_ids}, {"part": (FINDING,)}


def _is_too_late(fresh: Sequence[Event], before: datetime, now: datetime) -> bool:
    """Tell whether an event is from the future, or a season ended since: then every layer's states are told anew."""
    season = Season.of(before)
    # From June to August the season of the day is the one just ended.
    ends = season.ends if season.ends > before else Season(season.start_year + 1).ends
    if ends <= now:
        return True
    return any(event.recorded_at > now for event in fresh)


def _joined(workspace: Workspace, told: history.History, keys: set[tuple[str, int]]) -> list[history.Finding] | None:
    """Return the findings of all plots; ``None`` if a code was given twice, for a new one may fall on any other."""
    rows = workspace.store.layer(TABLE, only={"part": (FINDING,)})
    before = [kept.finding_from(*json.loads(row["body"])) for row in rows]
    mine = [finding for finding in before if finding.event in keys]
    if any(finding.kind == _TAKEN_TWICE for finding in (*mine, *told.findings)):
        return None
    return [*(finding for finding in before if finding.event not in keys), *told.findings]


def _earliest(
    workspace: Workspace, plot_ids: frozenset[str], counted: Sequence[ledger.Entry], known: str
) -> str | None:
    """Return the first season on record, or ``None`` if it may have become another one: that concerns every plot."""
    rows = workspace.store.layer(TABLE, only={"part": (ENTRY,), "key": plot_ids})
    before, after = {row["season"] for row in rows}, {entry.season.label for entry in counted}
    if known and min(after, default=known) < known:
        return None
    if not known and after:
        return None
    return None if known in before and known not in after else known


def _write_some(this: Now, transaction: Transaction, some: _Some) -> None:
    for name, rows in this.layers(some.told).items():
        transaction.replace_layer(name, rows, only={"plot_id": some.plot_ids})
    mine, findings = _replaced(some.plot_ids)
    transaction.replace_layer(TABLE, some.rows, only=mine)
    transaction.replace_layer(TABLE, some.findings, only=findings)
    transaction.replace_layer(TABLE, [some.marker], only={"part": (MARKER,)})
