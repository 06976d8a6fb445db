"""What is known of places in a season: from the visits of the store, or from a table that is used and not stored."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eradication.config import Learning
from eradication.domain import Plot, Season, Visit
from eradication.domain.codes import Provenance
from eradication.domain.model import LabelledPlace, places
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.ingest import labels as tables
from eradication.ingest.visits import VisitRow
from eradication.pipeline import projection, visiting
from eradication.pipeline.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Labels:
    """Labelled places of one season."""

    places: tuple[LabelledPlace, ...]
    visits: tuple[Visit, ...] = ()
    """What the places were told by; none for a table of labels."""
    refused: tuple[tuple[int, RefusedInput], ...] = ()
    """Line and reason of every row of a table that was not taken."""

    @property
    def told(self) -> dict[str, Any]:
        """What an answer says of the labels."""
        kinds = Counter(place.provenance.value for place in self.places)
        return {
            "poppy": sum(place.positive for place in self.places),
            "look_alike": sum(not place.positive for place in self.places),
            "provenance": {kind.value: kinds[kind.value] for kind in Provenance if kinds[kind.value]},
            "refused": [
                {
                    "line": line,
                    "reason": error.kind,
                    "message": error.message,
                    "hint": error.hint,
                    "values": error.values,
                }
                for line, error in self.refused
            ],
        }


def of_season(workspace: Workspace, season: Season, table: Path | None) -> Labels:
    """Return what is known of places in a season.

    Args:
        workspace: its visits are used if no table is given, and its settings say how far each label is trusted.
        season: whose visits.
        table: of visits or of labels.

    Raises:
        UnusableInput: ``no_samples``, ``not_a_label_table`` and others of a table that cannot be read at all.
    """
    try:
        found = _of_store(workspace, season) if table is None else _of_table(workspace, season, table)
    except RefusedInput as error:
        # Without its table a season teaches nothing, so this is no refusal beside which the rest is done.
        raise UnusableInput(
            error.kind, error.message, where=error.where, hint=error.hint, values=error.values
        ) from error
    if not found.places:
        raise UnusableInput(
            "no_samples",
            N_("Nothing is known of season {season} by visits."),
            hint=N_("Import visits first, or give a table with --samples.")
            if table is None
            else N_("The table holds nothing of that season: name the season it is of."),
            where="" if table is None else str(table),
            values={"season": season.label},
        )
    commune_at, trust = projection.locator(workspace), weights(workspace.settings.learning)
    known = (replace(p, commune=commune_at(p.lon, p.lat), weight=trust[p.provenance]) for p in found.places)
    return replace(found, places=tuple(known))


def weights(settings: Learning) -> dict[Provenance, float]:
    """Return how far a label is trusted, by where it comes from."""
    return {
        Provenance.FIELD: 1.0,
        Provenance.PHOTO: settings.weight_photo,
        Provenance.EXPERT: settings.weight_expert,
        Provenance.ASSUMED: settings.weight_assumed,
    }


def finds(workspace: Workspace, season: Season) -> list[LabelledPlace]:
    """Return the places where visits of the store found poppy in a season."""
    return [place for place in _of_store(workspace, season).places if place.positive]


def _of_store(workspace: Workspace, season: Season) -> Labels:
    told = projection.replayed(workspace)
    visits = [visit for visit in told.recorded if Season.of(visit.visited_at) == season]
    return _of_visits(visits, told.plots)


def _of_visits(visits: Sequence[Visit], plots: Sequence[Plot]) -> Labels:
    return Labels(tuple(places(visits, {plot.id: plot for plot in plots})), tuple(visits))


def _of_table(workspace: Workspace, season: Season, table: Path) -> Labels:
    if tables.is_table_of_labels(table, workspace.settings):
        rows = tables.read(table, workspace.settings)
        # Another season's table may bear the same name.
        named = (replace(row.place, plot=f"{season.label}/{row.place.plot}") for row in rows if row.place is not None)
        return Labels(tuple(named), refused=tuple((row.line, row.error) for row in rows if row.error is not None))
    read = visiting.read(workspace, table, "")
    refused = {row.line: row.error for row in read if row.error is not None}
    refused |= {row.line: _elsewhen(row, season) for row in read if row.visit is not None and not _is_of(row, season)}
    taken = _of_visits([row.visit for row in read if row.visit is not None and _is_of(row, season)], ())
    return replace(taken, refused=tuple(sorted(refused.items())))


def _is_of(row: VisitRow, season: Season) -> bool:
    return row.visit is not None and Season.of(row.visit.visited_at) == season


def _elsewhen(row: VisitRow, season: Season) -> RefusedInput:
    """Return the refusal of a visit of another season: it says nothing of this one."""
    found = "" if row.visit is None else Season.of(row.visit.visited_at).label
    return RefusedInput(
        "other_season",
        N_("The visit is of season {found}, not of {season}."),
        hint=N_("Give the table of the season that is named."),
        values={"found": found, "season": season.label},
    )
