"""Seasons that the map can be set to, and what remains to be destroyed and verified in each commune then."""

from dataclasses import dataclass
from typing import Any

from eradication.i18n import number
from eradication.report import words
from eradication.report.view import MapView

NOTHING_FOUND = "#fdfcf8"
"""Fill of communes without a detected plot."""


@dataclass(frozen=True, slots=True)
class Shade:
    """Areas that are filled alike."""

    least_m2: int
    colour: str


SHADES: tuple[Shade, ...] = (
    Shade(0, "#e3efec"),
    Shade(1, "#ebe6f1"),
    Shade(1_000, "#d3c8e3"),
    Shade(5_000, "#b5a2cf"),
    Shade(20_000, "#9176b4"),
)
"""One hue from light to dark, so that it is read without colours and on a copy in black and white."""


def labels_of(view: MapView) -> list[str]:
    """Return the seasons of which something is on the map, rising; the map's own is the last."""
    return [*sorted({row.episode.season.label for row in view.past} - {view.season.label}), view.season.label]


def title(view: MapView, label: str) -> str:
    """Return the title of the page while the map shows a season."""
    return f"{view.translate('Map of the season')} {label} · {words.clean(view.province)}"


def seasons(view: MapView) -> dict[str, Any]:
    """Return the stops of the slider with the words around it, and the page's heading and title at each stop."""
    _, labels = view.translate, labels_of(view)
    return {
        "labels": labels,
        "headings": [f"{words.clean(view.province)} · {_('season')} {label}" for label in labels],
        "titles": [title(view, label) for label in labels],
        "title": _("Season"),
        "said": _("plots: {n}").replace("{n}", "#"),
        "only": _("Tracks and what the satellite saw are of {season} only.").format(season=view.season.label),
        "faded": _("Plots of seasons before"),
    }


def shading(view: MapView) -> dict[str, Any] | None:
    """Return the fill of each commune by season, with its legend; ``None`` if nothing was detected in any."""
    _ = view.translate
    told = {
        season: {code: [_step(m2), _left(m2, view)] for code, m2 in sorted(rows.items())}
        for season, rows in sorted(view.remaining.items())
        if rows
    }
    if not told:
        return None
    return {
        "title": _("Communes by what remains (detected − verified)"),
        "plain": {"colour": NOTHING_FOUND, "label": _("no plot detected")},
        "steps": [{"colour": shade.colour, "label": _label(n, view)} for n, shade in enumerate(SHADES)],
        "seasons": told,
    }


def _step(m2: int) -> int:
    return max(n for n, shade in enumerate(SHADES) if m2 >= shade.least_m2)


def _left(m2: int, view: MapView) -> str:
    return view.translate("{area} m² left").format(area=number(m2, view.language))


def _label(step: int, view: MapView) -> str:
    _, language = view.translate, view.language
    if SHADES[step].least_m2 == 0:
        return _("nothing: all is verified")
    least = number(SHADES[step].least_m2, language)
    if step + 1 == len(SHADES):
        return _("from {least} m²").format(least=least)
    return f"{least} – {number(SHADES[step + 1].least_m2 - 1, language)} m²"
