"""The middle of a dossier: pictures before and after, the season's curve with its phases, photos of visits."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from eradication.domain import TIMEZONE
from eradication.i18n import number
from eradication.report import chips, feature_words, words
from eradication.report.chips import Side
from eradication.report.drawing import INK
from eradication.report.paper import Paper
from eradication.report.sheet_form import LEFT, RIGHT

if TYPE_CHECKING:
    from eradication.report.dossier import DossierView, Shot

CHIP_MM, PICTURES_MM = 40.0, 56.0
"""Side of a picture; room for both and the curve with their captions."""
PHOTO_MM = (44.0, 31.0)
MOST_PHOTOS = 4
_CURVE_LEFT = LEFT + 2 * CHIP_MM + 16
_MONTHS = (8, 9, 10, 11, 12, 1, 2, 3, 4, 5)
_FILLS = ("#ececec", "#d6d6d6", "#bdbdbd", "#e2e2e2")


def pictures(page: Paper, view: "DossierView", top: float) -> None:
    """Draw the places before and after, and the curve beside them."""
    for number_of, side in enumerate(view.pair.sides):
        _picture(page, view, side, LEFT + number_of * (CHIP_MM + 4), top)
    known = {"": view.pair}
    page.wrapped(LEFT, top + CHIP_MM + 14, chips.credit(known, view.translate), 2 * CHIP_MM + 4, 5.4, grey=True)
    if view.curve is not None:
        _season(page, view, top)


def _picture(page: Paper, view: "DossierView", side: Side, left: float, top: float) -> None:
    _ = view.translate
    page.text(left, top + 3, chips.heading(side, _), 7.6, bold=True, width=CHIP_MM)
    top += 4.4
    if side.chip is None:
        page.box(left, top, CHIP_MM, CHIP_MM, 0.4)
        page.wrapped(left + 3, top + 14, chips.reason(side.why, _), CHIP_MM - 6, 7)
        return
    chip = side.chip
    axes = page.inset(left, top, CHIP_MM, CHIP_MM)
    # Enlarged here, so that no viewer smooths the pixels on its own account.
    large = chip.rgb.repeat(6, axis=0).repeat(6, axis=1)
    axes.imshow(large, extent=(0, 1, 1, 0), interpolation="none")
    axes.set(xlim=(0, 1), ylim=(1, 0), xticks=[], yticks=[])
    for ring in chip.rings(view.row.episode.ground):
        x, y = np.asarray(ring).T
        axes.plot(x, y, color="white", linewidth=2.2, solid_joinstyle="round")
        axes.plot(x, y, color=INK, linewidth=0.9, solid_joinstyle="round")
    _scale(axes, chip.bar_m / chip.side_m, f"{chip.bar_m} m", _("N"))
    y = page.wrapped(left, top + CHIP_MM + 3, words.day(chip.when, view.language), CHIP_MM, 7)
    page.text(left, y, words.clean(chip.source), 5.6, grey=True, width=CHIP_MM)


def _scale(axes: Axes, length: float, text: str, north: str) -> None:
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.8}
    for width, colour in ((3.4, "white"), (1.4, INK)):
        axes.plot([0.05, 0.05 + length], [0.95, 0.95], color=colour, linewidth=width, solid_capstyle="butt")
    axes.text(0.05, 0.915, text, fontsize=5.5, va="bottom", bbox=box)
    axes.fill([0.92, 0.955, 0.92, 0.885], [0.03, 0.13, 0.105, 0.13], facecolor=INK, edgecolor="white", linewidth=0.5)
    axes.text(0.92, 0.145, north, fontsize=5.5, ha="center", va="top", weight="bold", bbox=box)


def _season(page: Paper, view: "DossierView", top: float) -> None:
    """Draw how green the place was month by month, over the phases of the crop, with what people did."""
    _ = view.translate
    page.text(_CURVE_LEFT, top + 3, _("The season in images"), 7.6, bold=True)
    curve = view.curve or {}
    index = next((name for name in ("ndvi", *curve) if curve.get(name)), "")
    values = [np.nan if v is None else float(v) for v in curve.get(index, ())]
    if not np.isfinite(values).any():
        page.wrapped(
            _CURVE_LEFT,
            top + 8,
            _("None: no run proposed this place, or its images are not on this computer."),
            RIGHT - _CURVE_LEFT,
        )
        return
    page.text(RIGHT, top + 3, feature_words.index(index, _), 6.5, align="right", grey=True, width=45)
    axes = page.inset(_CURVE_LEFT + 6, top + 12, RIGHT - _CURVE_LEFT - 7, CHIP_MM - 6)
    axes.plot(range(len(values)), values, "o-", color=INK, markersize=2.6, linewidth=1.1, zorder=3)
    axes.set(xlim=(-0.5, len(_MONTHS) - 0.5))
    axes.set_xticks(range(len(_MONTHS)), [str(month) for month in _MONTHS])
    axes.locator_params(axis="y", nbins=4)
    axes.yaxis.set_major_formatter(lambda value, _: number(value, view.language, 1))
    axes.tick_params(labelsize=6, length=2, pad=1.5)
    axes.spines[["top", "right"]].set_visible(False)
    _phases(axes, view)
    _marks(axes, view)
    page.text((_CURVE_LEFT + RIGHT) / 2, top + CHIP_MM + 12, _("month"), 6, align="center")
    basis = _("phases counted from the sowing day that images tell (an estimate)")
    said = basis if view.phases_read else _("phases by the calendar alone")
    page.text(RIGHT, top + CHIP_MM + 15.2, said, 5.6, align="right", grey=True, width=RIGHT - _CURVE_LEFT)


def _phases(axes: Axes, view: "DossierView") -> None:
    over = blended_transform_factory(axes.transData, axes.transAxes)
    for number_of, phase in enumerate(view.phases):
        first, last = (_at(day, view.row.episode.season.start_year) for day in (phase.first, phase.last))
        first, last = max(first, -0.5), min(last, len(_MONTHS) - 0.5)
        if first < last:
            axes.axvspan(first, last, color=_FILLS[number_of % len(_FILLS)], linewidth=0, zorder=0)
            axes.text((first + last) / 2, 1.02, phase.name, transform=over, fontsize=5.2, ha="center", va="bottom")


def _marks(axes: Axes, view: "DossierView") -> None:
    """Draw a line on each day on which something was done at the place."""
    _, episode = view.translate, view.row.episode
    done = [
        (episode.detected_at, _("detected")),
        (episode.eradicated_at, _("eradicated")),
        (episode.verified_at, _("verified")),
    ]
    over = blended_transform_factory(axes.transData, axes.transAxes)
    before = -9.0
    for when, name in sorted(((w, n) for w, n in done if w is not None), key=lambda mark: mark[0]):
        x = _at(_local(when), episode.season.start_year)
        axes.axvline(x, color=INK, linewidth=0.8, linestyle=(0, (2, 1.2)), zorder=2)
        beside = max(x, before + 0.42)  # names of days close together stand side by side
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5}
        axes.text(beside, 0.03, name, transform=over, fontsize=5.4, rotation=90, ha="center", va="bottom", bbox=box)
        before = beside


def _local(when: datetime) -> date:
    return when.astimezone(TIMEZONE).date()


def _at(day: date, start_year: int) -> float:
    """Return where a day lies among the months: 0 = the middle of August."""
    return 12 * (day.year - start_year) + day.month - 8 + (day.day - 15.5) / 30.5


def photos_mm(view: "DossierView") -> float:
    """Return how much room the photos take."""
    if not view.shots:
        return 0.0
    return PHOTO_MM[1] + 12.5 if view.with_photos else 7.0


def photos(page: Paper, view: "DossierView", top: float) -> float:
    """Draw the photos, or say how many there are; return where the next thing may stand."""
    _ = view.translate
    if not view.shots:
        return top
    counts = {role: sum(shot.role == role for shot in view.shots) for role in ("before", "after")}
    said = _("Photos of the visits: {before} before, {after} after").format(**counts)
    if not view.with_photos:
        page.text(LEFT, top + 3, said, 7.6, bold=True)
        page.text(RIGHT, top + 3, _("Not shown here: faces may be on them (--photos)."), 6.6, align="right", grey=True)
        return top + photos_mm(view)
    page.text(LEFT, top + 3, said, 7.6, bold=True)
    page.text(RIGHT, top + 3, _("Copies without EXIF; originals are sealed."), 6.6, align="right", grey=True)
    for place, shot in enumerate(chosen(view.shots)):
        _photo(page, view, shot, LEFT + place * (PHOTO_MM[0] + 3), top + 4.4)
    return top + photos_mm(view)


def chosen(shots: "Sequence[Shot]") -> "list[Shot]":
    """Return the photos that have room, before and after alike, each in order of time."""
    sides = [[shot for shot in shots if shot.role == role] for role in ("before", "after")]
    room = [min(len(side), MOST_PHOTOS // 2) for side in sides]
    room = [min(len(side), MOST_PHOTOS - room[1 - n]) for n, side in enumerate(sides)]
    return [shot for side, most in zip(sides, room, strict=True) for shot in side[:most]]


def _photo(page: Paper, view: "DossierView", shot: "Shot", left: float, top: float) -> None:
    _, (width, height) = view.translate, PHOTO_MM
    if shot.rgb is None:
        page.box(left, top, width, height, 0.4)
        page.wrapped(left + 3, top + 12, _("The copy is not on this computer, or cannot be read."), width - 6, 6.6)
    else:
        rows, columns = shot.rgb.shape[:2]
        scale = min(width / columns, height / rows)
        wide, high = columns * scale, rows * scale
        axes = page.inset(left + (width - wide) / 2, top + (height - high) / 2, wide, high)
        axes.imshow(shot.rgb, aspect="auto", interpolation="none")
        axes.set(xticks=[], yticks=[])
    role = _("before") if shot.role == "before" else _("after")
    when = words.moment(shot.taken_at, view.language).removesuffix(" (UTC+07:00)") if shot.taken_at else _("no time")
    page.text(left, top + height + 3, f"{role} · {when}", 6.4, width=width)
    page.text(left, top + height + 5.8, f"SHA-256 {shot.sha256[:12]}", 5.6, grey=True, width=width)
