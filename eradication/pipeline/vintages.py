"""The vintages of communes a workspace knows, and figures told on another of them."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from eradication import geo, rebasing
from eradication.domain import AdminUnit
from eradication.errors import N_, UnusableInput
from eradication.pipeline import projection
from eradication.pipeline.workspace import Workspace, check_output, write_whole
from eradication.report.words import tabled

COLUMNS = (
    *("from_code", "from_name", "to_code", "to_name"),
    *("share", "overlap_m2", "basis", "whole", "approximate", "outside_m2"),
)
"""Columns of the table of shares; a row without ``to_code`` has no place in the other vintage."""


def units_on(workspace: Workspace, day: date) -> list[AdminUnit]:
    """Return the communes of a day, each piece of ground once.

    Raises:
        UnusableInput: ``no_vintage``: none are known for that day.
    """
    found = rebasing.vintage_on(workspace.store.units(), day)
    if not found:
        raise UnusableInput(
            "no_vintage",
            N_("No communes are known for {day}."),
            hint=N_("`eradication boundaries list` shows the vintages there are; `boundaries import` adds one."),
            values={"day": day.isoformat()},
        )
    return found


def listed(workspace: Workspace) -> dict[str, Any]:
    """Return every list of communes with the days it is valid and what its outlines are worth."""
    groups: dict[tuple[date, date | None, str], list[AdminUnit]] = {}
    for unit in workspace.store.units():
        groups.setdefault((unit.valid_from, unit.valid_to, unit.source), []).append(unit)
    rows = [_vintage(*key, units) for key, units in sorted(groups.items(), key=lambda item: (item[0][0], item[0][2]))]
    changes: dict[date, int] = {}
    for row in workspace.store.lineage():
        changes[row.changed_on] = changes.get(row.changed_on, 0) + 1
    lineage = [{"changed_on": day.isoformat(), "rows": count} for day, count in sorted(changes.items())]
    return {"vintages": rows, "lineage": lineage, "simulated": projection.is_simulated(workspace)}


def _vintage(first: date, last: date | None, source: str, units: Sequence[AdminUnit]) -> dict[str, Any]:
    outlines = [unit.geometry for unit in units if unit.geometry is not None]
    stated = [unit.area_km2 for unit in units if unit.area_km2]
    return {
        "valid_from": first.isoformat(),
        "valid_to": last.isoformat() if last else None,
        "source": source,
        "units": len(units),
        "without_outline": len(units) - len(outlines),
        "approximate": any(unit.approximate for unit in units),
        "outlines_km2": round(sum(map(geo.area_m2, outlines)) / 1e6, 1),
        "stated_km2": round(sum(stated), 1) if stated else None,
    }


def shares(workspace: Workspace, first: date, second: date, out: Path | None = None) -> dict[str, Any]:
    """Return how the communes of one day are divided among those of another; write them as a table if asked.

    Raises:
        UnusableInput: ``no_vintage``, ``protected_path``, ``is_a_directory``.
        StorageFailed: the disk refused.
    """
    old, new = units_on(workspace, first), units_on(workspace, second)
    how = rebasing.shares(old, new, workspace.store.lineage())
    names = [{unit.code: unit.name for unit in units} for units in (old, new)]
    rows = [_row(row, *names) for row in how.rows]
    bases: dict[str, int] = {}
    for row in how.rows:
        bases[row.basis.value] = bases.get(row.basis.value, 0) + 1
    answer: dict[str, Any] = {
        "from": {"day": first.isoformat(), "units": len(old)},
        "to": {"day": second.isoformat(), "units": len(new)},
        "rows": rows,
        "bases": bases,
        "whole": sum(row.whole for row in how.rows),
        "approximate": any(row.approximate for row in how.rows),
        "unplaced": [{"code": code, "name": names[0][code]} for code in how.unplaced],
        "uncovered": [{"code": code, "name": names[1][code]} for code in how.uncovered],
        "outside_m2": dict(how.outside_m2),
        "unclaimed_m2": dict(how.unclaimed_m2),
        "simulated": projection.is_simulated(workspace),
    }
    if out is not None:
        check_output(workspace, out)
        write_whole(out, "\ufeff" + _table(answer))  # the mark tells spreadsheets that it is UTF-8
        answer["written"] = [str(out)]
    return answer


def _row(row: rebasing.Share, old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, Any]:
    return {
        "from_code": row.old,
        "from_name": old[row.old],
        "to_code": row.new,
        "to_name": new[row.new],
        "share": round(row.share, 9),
        "overlap_m2": row.overlap_m2,
        "basis": row.basis.value,
        "whole": row.whole,
        "approximate": row.approximate,
    }


def _table(answer: Mapping[str, Any]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\r\n", restval="")
    writer.writeheader()
    lost = [{"from_code": one["code"], "from_name": one["name"]} for one in answer["unplaced"]]
    for row in (*answer["rows"], *lost):
        told = row | {"outside_m2": answer["outside_m2"].get(row["from_code"], 0)}
        writer.writerow(tabled(told))  # names come from other people's files
    return stream.getvalue()


class Converter:
    """Figures of any commune of any vintage told on one vintage; the same shares are measured once."""

    def __init__(self, workspace: Workspace, day: date) -> None:
        """Take the communes of ``day`` for those that figures are wanted in."""
        self.units = rebasing.vintage_on(workspace.store.units(), day)
        self.codes = frozenset(unit.code for unit in self.units)
        self._known = workspace.store.units()
        self._lineage = workspace.store.lineage()
        self._days: dict[date, dict[str, AdminUnit]] = {}
        self._shares: dict[tuple[date, frozenset[str]], rebasing.Shares] = {}

    def rebase(self, values: Mapping[str, int], day: date) -> rebasing.Rebased:
        """Return figures by communes of ``day`` told on the vintage of this converter.

        Args:
            values: code → m². A code may be of any list of that day, not only of the one that covers the ground once.
            day: on which the codes were those of communes.
        """
        key = day, frozenset(values)
        if key not in self._shares:
            wanted = [unit for code, unit in self._all_on(day).items() if code in values]
            self._shares[key] = rebasing.shares(wanted, self.units, self._lineage)
        return rebasing.rebase(values, self._shares[key])

    def heir(self, code: str, day: date) -> str:
        """Return the commune of this vintage that the one of ``day`` went into wholly; empty where none is named.

        Only what the lists say counts here, no outlines: a village cannot be divided.
        """
        unit = self._all_on(day).get(code)
        if not self.units:
            return ""
        if unit is None or any(u.code == code and u.valid_from == unit.valid_from for u in self.units):
            return code if unit is not None else ""
        target = self.units[0].valid_from
        pairs = [
            (row.new_code, row.share) if row.changed_on <= target else (row.old_code, None)
            for row in self._lineage
            if code == (row.old_code if row.changed_on <= target else row.new_code)
            and min(unit.valid_from, target) < row.changed_on <= max(unit.valid_from, target)
        ]
        found = pairs[0][0] if len(pairs) == 1 else ""
        return found if found in self.codes else ""

    def valid_since(self, codes: Iterable[str], day: date) -> frozenset[date]:
        """Return the first days of the units of ``day`` with these codes."""
        wanted = set(codes)
        return frozenset(unit.valid_from for code, unit in self._all_on(day).items() if code in wanted)

    def placed(self, points: Sequence[tuple[float, float]]) -> list[str]:
        """Return the commune of each point (longitude, latitude): the one that holds it, or the nearest within 2 km."""
        return [at.code for at in rebasing.place(points, self.units)] if points else []

    def _all_on(self, day: date) -> Mapping[str, AdminUnit]:
        if day not in self._days:
            valid = sorted((u for u in self._known if u.valid_on(day)), key=lambda u: (u.approximate, u.source))
            best: dict[str, AdminUnit] = {}
            for unit in valid:
                best.setdefault(unit.code, unit)
            self._days[day] = best
        return self._days[day]
