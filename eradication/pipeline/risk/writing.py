"""The files of a risk surface: ``risk.tif``, ``risk.gpkg``, ``risk.html``, ``risk.json`` in one folder."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication.effort.strips import corner
from eradication.errors import N_, UnusableInput
from eradication.i18n import floored, number, translator
from eradication.pipeline import ahead
from eradication.pipeline.cells import name_of
from eradication.pipeline.risk import answers, evaluating, knowing
from eradication.pipeline.risk.coverage_words import (
    FOUND_OF_SEASON,
    LITTLE_KNOWN,
    UNKNOWN_COMMUNE,
    partial_files,
    percent,
)
from eradication.pipeline.risk.knowing import Known
from eradication.pipeline.risk.surface import Surface, Wish, surface
from eradication.pipeline.workspace import Workspace, check_output, disk_errors_explained, write_whole
from eradication.progress import Stage, quiet
from eradication.report import risk_files, risk_map, words
from eradication.report.risk_view import MISSING_WHY, CommuneSum, RiskView
from eradication.risk.factors import BY_NAME

FILES = ("risk.tif", "risk.gpkg", "risk.html", "risk.json")


def written(workspace: Workspace, wish: Wish, out: Path, language: str, stage: Stage = quiet) -> dict[str, Any]:
    """Write the files of a surface into a folder and return the answer of ``risk map``.

    Raises:
        UnusableInput: ``not_a_folder``, ``protected_path``, ``unknown_season``; what :func:`.surface.surface` raises.
        StorageFailed: a file cannot be written.
    """
    if out.is_file():
        hint = N_("Name a folder; the files in it get their names by themselves.")
        raise UnusableInput("not_a_folder", N_("A folder is to be named here, not a file."), where=str(out), hint=hint)
    ahead.check_plannable(wish.season)
    for name in FILES:
        check_output(workspace, out / name)
    tick = stage(N_("Risk surface"))
    found = surface(workspace, wish)
    tick(1, 4)
    known = knowing.known(workspace, found)
    answer = answers.told(found, known)
    view = _view(workspace, found, known, wish, language)
    with disk_errors_explained(out):
        out.mkdir(parents=True, exist_ok=True)
    risk_files.write_raster(view, out / FILES[0])
    tick(2, 4)
    risk_files.write_layer(view, out / FILES[1])
    tick(3, 4)
    write_whole(out / FILES[2], risk_map.render(view))
    answer |= {"written": [str(out / name) for name in FILES]}
    write_whole(out / FILES[3], json.dumps(answer, ensure_ascii=False, indent=1))
    if wish.as_of is None:
        evaluating.keep_first_day(workspace, wish.season)
    tick(4, 4)
    return answer


def _view(workspace: Workspace, found: Surface, known: Known, wish: Wish, language: str) -> RiskView:
    translate = translator(language)
    column, row = corner(found.cells)
    title = f"{translate('season')} {found.season.label}"
    if found.month is not None:
        title += f" · {translate(N_('month'))} {found.month.month:02d}/{found.month.year}"
    return RiskView(
        title=title,
        province=workspace.settings.workspace.province,
        as_of=words.moment(wish.as_of or datetime.now(UTC), language),
        column=column,
        row=row,
        names=[name_of(cell) for cell in found.cells.tolist()],
        commune=found.commune,
        communes=_communes(found, known),
        figures={
            "expected": found.expected.mean,
            "expected_low": found.expected.low,
            "expected_high": found.expected.high,
            "left": found.left.mean,
            "left_none": found.left.none,
            "m2": found.m2_mean,
            "m2_low": found.m2_low,
            "m2_high": found.m2_high,
            "left_m2": found.left_m2,
            "searched_p": found.rows.searched,
            "found": found.found,
            "found_foretold": found.foretold,
        },
        notes=[*_warnings(found, known, language), *_notes(found, language)],
        told=known.told,
        simulated=found.simulated,
        language=language,
        translate=translate,
    )


def _communes(found: Surface, known: Known) -> list[CommuneSum]:
    return [
        CommuneSum(
            unit,
            float(found.left.mean[mine].sum()),
            found.sums.left_low[n],
            found.sums.left_high[n],
            bool(known.ground[mine].any()),
        )
        for n, unit in enumerate(found.units)
        for mine in (found.commune == n,)
    ]


def _warnings(found: Surface, known: Known, language: str) -> list[str]:
    """Return what must be read first where little is known."""
    _ = translator(language)
    said = []
    if known.is_little:
        said.append(_(LITTLE_KNOWN).format(share=floored(known.median, language)))
    if known.partly:
        said.append(partial_files(known.partly, _, language))
    few = {name: share for name, share in known.shares.items() if share < knowing.HALF}
    if few:
        listed = ", ".join(f"{_(BY_NAME[name].words)} ({percent(share, language)})" for name, share in few.items())
        said.append(_(N_("Known in less than half of the cells: {factors}.")).format(factors=listed))
    if not all(known.ground[found.commune == n].any() for n in range(len(found.units))):
        said.append(_(UNKNOWN_COMMUNE))
    return said


def _notes(found: Surface, language: str) -> Sequence[str]:
    """Return what must be read beside the colours: what the weights rest on, and what is not known."""
    _ = translator(language)
    if found.basis == "fitted":
        said = _(N_("Weights rest on {finds} finds on searched ground of {seasons} seasons."))
    else:
        said = _(N_("Too few finds ({finds}): the weights are those of experts, only the level follows the finds."))
    notes = [said.format(finds=number(found.fit.finds, language), seasons=len(found.known))]
    said = _(N_("Counted are plots that no image and no tip foretells; finds that something had led to: {count}."))
    notes.append(said.format(count=number(found.finds_foretold, language)))
    if found.factors_missing:
        listed = ", ".join(_(BY_NAME[name].words) for name in found.factors_missing)
        notes.append(_(N_("Not known here, and left out: {factors}.")).format(factors=listed))
    notes += [_(MISSING_WHY[why]) for why in found.missing_why.values()]
    if found.month is not None:
        notes.append(
            _(N_("Counted are plots that stand in this month, by the calendar of the settings and the height."))
        )
        notes.append(_(FOUND_OF_SEASON))
    return notes
