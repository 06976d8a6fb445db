"""What a click on the map tells: measured values with their error and method, and what they do not say."""

from typing import Any

from eradication.domain import Episode, State
from eradication.i18n import number
from eradication.report import harvest_words, words
from eradication.report.view import MapView, PlotRow, Track, WaypointMark

UNCHECKED = (State.CANDIDATE, State.ASSIGNED, State.NOT_REACHED, State.DISMISSED, State.EXPIRED)
"""States in which nobody has looked at the place yet."""


def plot_popup(row: PlotRow, view: MapView) -> dict[str, Any]:
    """Return heading, lines of (name, value) and the line that it accuses nobody; plain text, not HTML."""
    _, language, episode = view.translate, view.language, row.episode
    lon, lat = row.lonlat
    east, north = row.vn2000
    area = words.measured_area(episode.area_m2, episode.area_se_m2, language)
    lines = [
        (_("State"), words.state(episode, language)),
        (_("Class"), row.klass + (f" ({_('estimated')})" if row.class_estimated else "")),
        (_("Area"), f"{area}, {words.word(episode.area_method, language)}"),
        *harvest_words.lines(row.harvest, language, _),
        (_("Score"), score(episode, language)),
        (_("Model"), _("unlike what it has learned, so ranked lower") if row.is_outside else ""),
        (_("Plants"), number(episode.plant_count, language)),
        (_("Commune"), words.clean(row.commune) or _("outside the communes")),
        (_("VN-2000"), f"E\u00a0{number(east, language)} N\u00a0{number(north, language)} (EPSG:9206)"),
        (_("WGS 84"), f"{lat:.5f}°\u00a0N {lon:.5f}°\u00a0E"),
        (_("First seen"), words.day(episode.first_seen, language)),
        (_("Source"), words.word(episode.plot.source, language)),
        (_("Unit"), words.clean(episode.unit)),
        (_("Season"), episode.season.label),
        (_("Run, model"), " · ".join(t for t in (words.clean(episode.run)[:12], words.clean(episode.model)) if t)),
    ]
    return {
        "title": words.clean(episode.plot.code),
        "lines": [line for line in lines if line[1] not in ("", "–")],
        "foot": _foot(row, view),
    }


def _foot(row: PlotRow, view: MapView) -> str:
    _ = view.translate
    unchecked = row.episode.state in UNCHECKED
    said = [_("To be checked, not a finding.")] if unchecked else []
    said.append(_("A place, not a person: this accuses nobody."))
    if row.simulated:
        said.append(_("Simulated."))
    return " ".join(said)


def score(episode: Episode, language: str) -> str:
    """Return the score with what it may be called, empty where there is none."""
    if episode.score is None:
        return ""
    return f"{number(episode.score, language, 2)} ({words.word(episode.score_kind, language)})"


def track_popup(track: Track, view: MapView) -> dict[str, Any]:
    """Return what is told of a piece of a walk."""
    _ = view.translate
    lines = [(_("Unit"), words.clean(track.unit)), (_("Day"), words.day(track.start, view.language))]
    return {
        "title": words.clean(track.name) or _("Patrol"),
        "lines": [line for line in lines if line[1] not in ("", "–")],
        "foot": _("Drawn simplified."),
    }


def waypoint_popup(mark: WaypointMark, view: MapView) -> dict[str, Any]:
    """Return what is told of a patrol's named point."""
    _ = view.translate
    title = words.clean(mark.name) or _("Waypoint")
    return {"title": title, "lines": [(_("Unit"), words.clean(mark.unit))] if mark.unit else [], "foot": ""}
