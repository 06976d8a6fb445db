"""The five checks of each eradication: gathered from events, photos, walks and images; shown, never acted upon."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import shapely

from eradication import checks
from eradication.checks import spectral
from eradication.domain import Detectability, Season
from eradication.domain.event import iso
from eradication.errors import N_, UnusableInput
from eradication.history import History
from eradication.i18n import translator
from eradication.pipeline import greenness, projection
from eradication.pipeline.check_facts import Known
from eradication.pipeline.workspace import Workspace
from eradication.progress import Stage, quiet
from eradication.report import check_words


def of_season(
    workspace: Workspace,
    season: Season,
    as_of: datetime | None = None,
    *,
    plot_id: str = "",
    measure: bool = True,
    told: History | None = None,
    stage: Stage = quiet,
) -> list[dict[str, Any]]:
    """Return the checks of every destruction of a season, in order of time.

    Args:
        workspace: whose events, photos, walks and images.
        season: the season.
        as_of: cut on ``recorded_at``; ``None`` = now.
        plot_id: of the one plot wanted; empty = all.
        told: the replay of what is recorded until ``as_of``, if there is one already.
        measure: false = images are not opened; what was measured of them before is used.
        stage: told how far it is.

    Returns:
        One row for each destruction: ``plot`` (id), ``code``, ``visit``, ``unit``, ``eradicated_at``, ``class`` and
        ``checks``, each with ``check``, ``status``, ``code``, ``value`` and ``what``.
    """
    seen = Known.of(workspace, season, as_of, told)
    rows = [row for row in seen.rows() if plot_id in ("", row.plot.id)]
    measured, why = _measured(workspace, seen, rows, measure=measure, stage=stage)
    return [_told(row, checks.of_eradication(row, seen.now, measured.get(_place(row)), why)) for row in rows]


def of_plot(
    workspace: Workspace, wanted: str, as_of: datetime | None = None, *, told: History | None = None
) -> list[dict[str, Any]]:
    """Return the checks of a plot's destructions of all seasons; images are not opened.

    Raises:
        UnusableInput: ``no_such_plot``.
    """
    told = told or projection.replayed(workspace, as_of=as_of)
    plot = told.plot(wanted)
    if plot is None:
        raise _no_such_plot(wanted)
    seasons = sorted({e.season for e in told.episodes if e.plot.id == plot.id and e.eradicated_at is not None})
    parts = [of_season(workspace, season, as_of, plot_id=plot.id, measure=False, told=told) for season in seasons]
    return [row for part in parts for row in part]


def answer(
    workspace: Workspace, season: Season, language: str, *, wanted: str = "", failed: bool = False, stage: Stage = quiet
) -> dict[str, Any]:
    """Return the answer of ``checks``; the summary counts all destructions asked of, ``failed`` thins the list only.

    Raises:
        UnusableInput: ``no_such_plot``.
    """
    told = projection.replayed(workspace)
    plot = told.plot(wanted) if wanted else None
    if wanted and plot is None:
        raise _no_such_plot(wanted)
    rows = of_season(workspace, season, plot_id=plot.id if plot else "", told=told, stage=stage)
    listed = [row for row in rows if not failed or "failed" in signs(row).values()]
    return {
        "season": season.label,
        "eradications": in_words(listed, language),
        "summary": summary(rows),
        "simulated": projection.is_simulated(workspace),
    }


def in_words(rows: Sequence[Mapping[str, Any]], language: str) -> list[dict[str, Any]]:
    """Return rows of :func:`of_season` with a sentence for each result, as ``message``."""
    translate = translator(language)

    def told(result: Mapping[str, Any]) -> dict[str, Any]:
        return {**result, "message": check_words.message(result, language, translate)}

    return [{**row, "checks": [told(result) for result in row["checks"]]} for row in rows]


def signs(row: Mapping[str, Any]) -> dict[str, str]:
    """Return check → how it ended as a whole, of a row of :func:`of_season`."""
    order = (checks.Status.FAILED, checks.Status.CANNOT_TELL, checks.Status.OK)
    found = {kind: {r["status"] for r in row["checks"] if r["check"] == kind} for kind in checks.Check}
    return {kind.value: next((s.value for s in order if s in of), "cannot_tell") for kind, of in found.items()}


def summary(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Return check → status → number of destructions."""
    told = {kind.value: {status.value: 0 for status in checks.Status} for kind in checks.Check}
    for row in rows:
        for kind, status in signs(row).items():
            told[kind][status] += 1
    return told


def _no_such_plot(wanted: str) -> UnusableInput:
    hint = N_("`eradication plots list` shows ids and codes.")
    return UnusableInput("no_such_plot", N_("There is no plot '{wanted}'."), hint=hint, values={"wanted": wanted})


def _key(row: checks.Eradication) -> str:
    return "/".join(row.visit.key)


def _place(row: checks.Eradication) -> str:
    """Return the name of what is measured: a row speaks of several plots where one was divided since."""
    return f"{_key(row)}@{row.plot.id}"


def _told(row: checks.Eradication, results: Sequence[checks.Result]) -> dict[str, Any]:
    return {
        "plot": row.plot.id,
        "code": row.plot.code,
        "visit": _key(row),
        "unit": row.visit.unit,
        "eradicated_at": iso(row.visit.visited_at),
        "class": row.klass.value,
        "checks": [
            {"check": r.check.value, "status": r.status.value, "code": r.code, "value": r.value, "what": r.what}
            for r in results
        ],
    }


def _measured(
    workspace: Workspace, seen: Known, rows: Sequence[checks.Eradication], *, measure: bool, stage: Stage
) -> tuple[dict[str, spectral.Measured], str]:
    """Measure the plots that satellites can follow."""
    large = [row for row in rows if row.klass is Detectability.A]
    plots = sorted({episode.plot.id: episode.plot.geometry for episode in seen.episodes.values()}.items())
    tree = shapely.STRtree([outline for _, outline in plots])
    places = {
        _place(row): greenness.Place(
            row.plot.geometry,
            row.visit.visited_at,
            tuple(
                plots[number][1]
                for number in sorted(tree.query(row.plot.geometry, predicate="dwithin", distance=_NEAR_DEG).tolist())
                if plots[number][0] != row.plot.id and plots[number][1].distance(row.plot.geometry) < _NEAR_DEG
            ),
        )
        for row in large
    }
    return greenness.of_places(workspace, seen.season, places, seen.as_of, measure=measure, stage=stage)


_NEAR_DEG = 0.001
"""About 100 m: further plots do not lie in the ring."""
