"""What is known of a place, beside its map on a dossier: areas with their errors, plants, minutes, coordinates."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eradication.domain import LookAlike
from eradication.i18n import number
from eradication.report import words
from eradication.report.paper import Paper
from eradication.report.sheet_form import RIGHT

if TYPE_CHECKING:
    from eradication.report.dossier import DossierView

MOST_MINUTES = 3
"""Numbers of minutes that are listed."""


def write(page: Paper, view: "DossierView", top: float, left: float) -> None:
    """Write what is known of a place beside its map, each name at ``left``."""
    _, row, episode, language = view.translate, view.row, view.row.episode, view.language
    (lon, lat), (east, north) = row.lonlat, row.vn2000
    method = words.word(episode.area_method, language)
    known = [
        (_("Class (estimate)") if row.class_estimated else _("Class"), words.word(episode.klass, language)),
        (_("Crop"), words.word(view.crop, language)),
        (_("Area"), f"{words.measured_area(episode.area_m2, episode.area_se_m2, language)}, {method}"),
        *_areas(view),
        *_destroyed(view),
        (_("Plants"), _plants(view)),
        (_("Planting"), words.word(episode.planting, language) if episode.detected_at else "–"),
        (_("Unit"), words.clean(episode.unit) or "–"),
        (_("First seen"), words.day(episode.first_seen, language)),
        (_("Source"), words.word(episode.plot.source, language)),
        *_turned_out(view),
        *_minutes(view),
    ]
    y = _list(page, left, top, known)
    page.text(left, y + 1.4, f"VN-2000 (EPSG:{row.official_epsg})", 7.4, bold=True)
    metres = [(_("north (X)"), f"{_metres(north)} m"), (_("east (Y)"), f"{_metres(east)} m")]
    y = _list(page, left, y + 5.6, metres)
    _list(page, left, y, [("WGS 84", f"{lat:.6f}° N   {lon:.6f}° E")])


def _areas(view: "DossierView") -> list[tuple[str, str]]:
    """Return detected, destroyed, verified and remaining area; each bears its share of the error of the measurement."""
    _, episode = view.translate, view.row.episode
    if not episode.detected_m2:
        return []
    parts = [
        (_("Detected"), episode.detected_m2, episode.detected_at),
        (_("Eradicated"), episode.claimed_m2, episode.eradicated_at),
        (_("Verified"), episode.verified_m2, episode.verified_at),
        (_("Remaining"), episode.remaining_m2, None),
    ]
    relative = episode.area_se_m2 / episode.area_m2 if episode.area_m2 else 0.0
    told = []
    for name, m2, when in parts:
        day = f" · {words.day(when, view.language)}" if when else ""
        told.append((name, words.measured_area(m2, relative * m2, view.language) + day))
    return told


def _destroyed(view: "DossierView") -> list[tuple[str, str]]:
    said = [words.word(code, view.language) for code in view.destroyed if code is not None]
    return [(view.translate("How destroyed"), ", ".join(said))] if said else []


def _plants(view: "DossierView") -> str:
    count = view.row.episode.plant_count
    if count is None:
        return "–"
    by = words.word(view.plants_by, view.language) if view.plants_by else view.translate("method not stated")
    return f"{number(count, view.language)} ({by})"


def _turned_out(view: "DossierView") -> list[tuple[str, str]]:
    known = next((code for code in LookAlike if code.value == view.row.episode.look_alike), None)
    return [(view.translate("Turned out to be"), words.word(known, view.language))] if known else []


def _minutes(view: "DossierView") -> list[tuple[str, str]]:
    """Return the numbers of minutes, a line each."""
    _, named = view.translate, list(dict.fromkeys(view.minutes))
    said = [
        f"{words.clean(text)} ({words.word(kind, view.language)})" if kind else words.clean(text)
        for kind, text in named[:MOST_MINUTES]
    ]
    if len(named) > MOST_MINUTES:
        said[-1] += f" … +{len(named) - MOST_MINUTES}"
    return [(_("Minutes") if n == 0 else "", text) for n, text in enumerate(said or [_("no number stated")])]


def _metres(value: float) -> str:
    return f"{value:,.1f}".replace(",", " ")


def _list(page: Paper, left: float, y: float, rows: Sequence[tuple[str, str]]) -> float:
    for name, value in rows:
        page.text(left, y, name, 7, grey=True, width=25)
        page.text(left + 26, y, value, 7.6, width=RIGHT - left - 26)
        y += 4.25
    return y
