"""Photos as evidence of visits: which photo shows which visit, and what is missing or odd about them.

A photo named in a visit's form *shows* that visit, before or after; whoever filled in the form says so. A photo that no
form names and that was taken at about that time and place is *near* it: a suggestion, nothing more. Both are worked out
from what is recorded whenever they are asked for, so that photos may come before the visits or after them. Pure.
"""

import heapq
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import pi, sqrt

from eradication import geo
from eradication.config import Photos
from eradication.domain import Outcome, Plot, Season, Visit
from eradication.evidence import fingerprints

ROLES = ("before", "after")
NEAR = "near"
_SAME_VISIT_MINUTES = 24 * 60.0


@dataclass(frozen=True, slots=True)
class Shot:
    """A photo as far as evidence needs it."""

    sha256: str
    names: tuple[str, ...]
    """Base names of the files it was handed in as."""
    unit: str
    """Empty = not stated; it may then belong to any."""
    taken_at: datetime | None
    lon: float | None
    lat: float | None
    error_m: float | None
    phash: str
    track_m: float | None = None
    """From where the patrol's own track was then, where that is known."""


@dataclass(frozen=True, slots=True)
class Link:
    """A photo and a row of a visit."""

    photo: str
    """SHA-256 of the original."""
    visit: str
    """Unit/visit/outcome."""
    plot_id: str
    role: str
    """``before`` or ``after``: named so in the form; ``near``: suggested by time and place."""
    distance_m: float | None
    """From the centre of the plot; ``None`` where the photo has no place."""
    minutes: float | None
    """From the time of the row, negative before it; ``None`` where the photo has no time."""


@dataclass(frozen=True, slots=True)
class Check:
    """What is missing or odd about the photos of a row; a fact for a person to judge."""

    code: str
    """``photo_missing``, ``photo_no_time``, ``photo_other_day``, ``photo_order``, ``photo_far``, ``photo_off_track``,
    ``photo_reused``."""
    visit: str
    plot_id: str
    role: str
    photo: str = ""
    """SHA-256 of the original it is about, if there is one."""
    value: str = ""
    """The name in the form, minutes, metres, or the other visit."""


def links(shots: Sequence[Shot], visits: Sequence[Visit], plots: Mapping[str, Plot], settings: Photos) -> list[Link]:
    """Return which photo shows which row.

    Args:
        shots: photos, each once.
        visits: rows that count, with the plot's id.
        plots: by id.
        settings: how near in time and place a suggestion lies.
    """
    by_name: dict[str, list[Shot]] = {}
    for shot in shots:
        for name in dict.fromkeys(key for told in shot.names for key in _keys(told)):
            by_name.setdefault(name, []).append(shot)
    found = [
        _link(shot, visit, role, plots) for visit in visits for role in ROLES for shot in _named(visit, role, by_name)
    ]
    named = {link.photo for link in found}
    return found + [link for shot in shots if shot.sha256 not in named for link in _near(shot, visits, plots, settings)]


def checks(
    shots: Sequence[Shot],
    visits: Sequence[Visit],
    found: Sequence[Link],
    plots: Mapping[str, Plot],
    settings: Photos,
) -> list[Check]:
    """Return what is missing or odd about the photos of each destruction, in the order of the visits."""
    by_sha = {shot.sha256: shot for shot in shots}
    told: list[Check] = []
    of_row: dict[tuple[str, str, str], list[Link]] = {}
    for link in found:
        of_row.setdefault((link.visit, link.plot_id, link.role), []).append(link)
    for visit in visits:
        if visit.outcome is not Outcome.ERADICATED:
            continue
        key = "/".join(visit.key)
        own = {role: of_row.get((key, visit.plot_id, role), []) for role in ROLES}
        for role in ROLES:
            if not own[role]:
                told.append(Check("photo_missing", key, visit.plot_id, role, value=_form(visit, role)))
            told += [c for link in own[role] for c in _of_one(link, by_sha[link.photo], plots, settings)]
        told += _order(own, by_sha)
    return told + list(_reused(found, by_sha, visits, settings))


def _keys(name: str) -> list[str]:
    """Return how a name is looked up: whole, and without its ending, for forms that leave it out."""
    base = unicodedata.normalize("NFC", re.split(r"[/\\]", name.strip())[-1]).casefold()
    return [base, base.rpartition(".")[0]] if "." in base else [base]


def _form(visit: Visit, role: str) -> str:
    return visit.photo_before if role == "before" else visit.photo_after


def _named(visit: Visit, role: str, by_name: Mapping[str, Sequence[Shot]]) -> list[Shot]:
    """Return the photos that a row names; of several with one name, the one taken nearest to the visit."""
    chosen: dict[str, Shot] = {}
    for name in filter(None, (part.strip() for part in re.split(r"[;,|\n]", _form(visit, role)))):
        fitting = [s for s in by_name.get(_keys(name)[0], ()) if s.unit in ("", visit.unit)]
        own = [s for s in fitting if s.unit == visit.unit] or fitting
        timed = sorted((s for s in own if s.taken_at), key=lambda s: (abs(_minutes(s, visit) or 0.0), s.sha256))
        chosen |= {shot.sha256: shot for shot in (timed[:1] or own)}
    return list(chosen.values())


def _near(shot: Shot, visits: Sequence[Visit], plots: Mapping[str, Plot], settings: Photos) -> Iterable[Link]:
    """Yield one suggestion for each visit that a photo may show: with its row nearest in time."""
    rows: dict[tuple[str, str, str], list[Visit]] = {}
    for visit in visits:
        if _is_near(shot, visit, plots, settings):
            rows.setdefault((visit.unit, visit.visit_id, visit.plot_id), []).append(visit)
    for group in rows.values():
        yield _link(shot, min(group, key=lambda v: abs(_minutes(shot, v) or 0.0)), NEAR, plots)


def _is_near(shot: Shot, visit: Visit, plots: Mapping[str, Plot], settings: Photos) -> bool:
    minutes = _minutes(shot, visit)
    if shot.unit not in ("", visit.unit) or minutes is None or abs(minutes) > settings.near_minutes:
        return False
    distance = _distance_m(shot, visit, plots)
    return distance is not None and distance - _radius_m(visit.plot_id, plots) <= settings.near_m


def _link(shot: Shot, visit: Visit, role: str, plots: Mapping[str, Plot]) -> Link:
    distance, minutes = _distance_m(shot, visit, plots), _minutes(shot, visit)
    return Link(
        photo=shot.sha256,
        visit="/".join(visit.key),
        plot_id=visit.plot_id,
        role=role,
        distance_m=None if distance is None else round(distance, 1),
        minutes=None if minutes is None else round(minutes, 1),
    )


def _minutes(shot: Shot, visit: Visit) -> float | None:
    return (shot.taken_at - visit.visited_at).total_seconds() / 60.0 if shot.taken_at else None


def _distance_m(shot: Shot, visit: Visit, plots: Mapping[str, Plot]) -> float | None:
    plot = plots.get(visit.plot_id)
    if plot is None or shot.lon is None or shot.lat is None:
        return None
    return geo.distance_m(*geo.centre(plot.geometry), shot.lon, shot.lat)


def _radius_m(plot_id: str, plots: Mapping[str, Plot]) -> float:
    plot = plots.get(plot_id)
    return sqrt(geo.area_m2(plot.geometry) / pi) if plot else 0.0


def _of_one(link: Link, shot: Shot, plots: Mapping[str, Plot], settings: Photos) -> Iterable[Check]:
    if shot.taken_at is None:
        yield Check("photo_no_time", link.visit, link.plot_id, link.role, shot.sha256)
    if link.minutes is not None and abs(link.minutes) > _SAME_VISIT_MINUTES:
        yield Check("photo_other_day", link.visit, link.plot_id, link.role, shot.sha256, f"{link.minutes:.0f}")
    if link.distance_m is not None:
        beyond = link.distance_m - _radius_m(link.plot_id, plots)
        if beyond - (shot.error_m or 0.0) > settings.far_m:
            yield Check("photo_far", link.visit, link.plot_id, link.role, shot.sha256, f"{beyond:.0f}")
    if shot.track_m is not None and shot.track_m - (shot.error_m or 0.0) > settings.off_track_m:
        yield Check("photo_off_track", link.visit, link.plot_id, link.role, shot.sha256, f"{shot.track_m:.0f}")


def _order(own: Mapping[str, Sequence[Link]], by_sha: Mapping[str, Shot]) -> Iterable[Check]:
    """Tell if the last photo before is not older than the first one after."""
    before = [link for link in own["before"] if by_sha[link.photo].taken_at]
    after = [link for link in own["after"] if by_sha[link.photo].taken_at]
    if not (before and after):
        return
    last = max(before, key=lambda link: link.minutes or 0.0)
    first = min(after, key=lambda link: link.minutes or 0.0)
    ahead = (first.minutes or 0.0) - (last.minutes or 0.0)
    if ahead <= 0:
        yield Check("photo_order", first.visit, first.plot_id, "after", first.photo, f"{ahead:.0f}")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A photo that a row says shows it."""

    link: Link
    season: Season


def _reused(
    found: Sequence[Link], by_sha: Mapping[str, Shot], visits: Sequence[Visit], settings: Photos
) -> Iterable[Check]:
    """Tell which picture stands for two places, two seasons, or before and after of one, whatever file it came in.

    Pictures of all seasons are compared. The row that names it later in the order of visits is told, with the first
    other row; and the row that names a picture of an earlier season that no row names, with the name of its file (T33).
    """
    seasons = {"/".join(visit.key): Season.of(visit.visited_at) for visit in visits}
    marks = {sha: fingerprints.read(shot.phash) for sha, shot in by_sha.items()}
    near = fingerprints.neighbours((mark for mark in marks.values() if mark is not None), settings.same_bits)
    asserted = [link for link in found if link.role in ROLES]
    unnamed = _unnamed(by_sha, marks, {link.photo for link in asserted})
    same_file: dict[str, list[tuple[int, _Shown]]] = {}
    same_mark: dict[int, list[tuple[int, _Shown]]] = {}
    for number, link in enumerate(asserted):
        one, mark = _Shown(link, seasons[link.visit]), marks[link.photo]
        around = () if mark is None else near[mark]
        earlier = heapq.merge(
            same_file.get(link.photo, ()), *(same_mark.get(other, ()) for other in around), key=lambda pair: pair[0]
        )
        told = next((other.link.visit for _, other in earlier if _is_reuse(one, other)), "")
        told = told or next((name for k in around for season, name in unnamed.get(k, ()) if season < one.season), "")
        if told:
            yield Check("photo_reused", link.visit, link.plot_id, link.role, link.photo, told)
        same_file.setdefault(link.photo, []).append((number, one))
        if mark is not None:
            same_mark.setdefault(mark, []).append((number, one))


def _unnamed(
    by_sha: Mapping[str, Shot], marks: Mapping[str, int | None], named: Collection[str]
) -> dict[int, list[tuple[Season, str]]]:
    """Return season and file name of the photos that no row names and whose time is known, by their fingerprint."""
    found: dict[int, list[tuple[Season, str]]] = {}
    for sha, shot in sorted(by_sha.items()):
        mark = marks[sha]
        if sha not in named and mark is not None and shot.taken_at is not None and shot.names:
            found.setdefault(mark, []).append((Season.of(shot.taken_at), shot.names[0]))
    return found


def _is_reuse(one: _Shown, other: _Shown) -> bool:
    # One row speaks of two plots only where a plot was divided since.
    two_places = other.link.plot_id != one.link.plot_id and other.link.visit != one.link.visit
    elsewhere = two_places or other.season != one.season
    return elsewhere or (other.link.visit == one.link.visit and other.link.role != one.link.role)
