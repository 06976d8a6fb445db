"""The communes of the province as they stand in one season, drawn."""

from collections.abc import Mapping
from typing import Any

from eradication.domain import Season
from eradication.errors import N_
from eradication.i18n import translator
from eradication.pipeline import covered, projection
from eradication.pipeline.reception import ledger_view
from eradication.pipeline.reception.ledger_view import Asked
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.report import commune_map
from eradication.report.commune_map import DONE, NOTHING, REMAINS, UNSEEN, Commune


def drawn(place: Place, caller: Caller, season: Season, language: str) -> str:
    """Return the map as one SVG file, of figures that the caller may see by commune."""
    answer = ledger_view.ledger(place, caller, Asked(season, by="commune", province=True))
    rows = {str(row["key"]): row for row in answer["rows"]}
    seen = {str(row["key"]): row for row in covered.by_area(place.workspace, season)}
    least = place.workspace.settings.ledger.least_seen
    communes = [
        _commune(unit.name, unit.geometry, rows.get(unit.code), seen.get(unit.code), least)
        for unit in projection.units_on(place.workspace)
        if unit.geometry is not None
    ]
    translate = translator(language)
    title = translate(N_("Communes in season {season}")).format(season=season.label)
    return commune_map.render(communes, title, language, translate)


def legend(language: str) -> str:
    """Return what its fills mean, as one SVG file."""
    return commune_map.legend(translator(language))


def _commune(
    name: str, outline: Any, row: Mapping[str, Any] | None, seen: Mapping[str, Any] | None, least: float
) -> Commune:
    found = float(row["detected_m2"] or 0) if row else 0.0
    remaining = float(row["remaining_m2"] or 0) if row else 0.0
    if found:
        verdict = REMAINS if remaining else DONE
    else:
        unseen = seen.get("none") if seen else None
        verdict = NOTHING if unseen is not None and 1.0 - unseen >= least else UNSEEN
    return Commune(name, outline, verdict, remaining, found)
