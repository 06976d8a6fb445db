"""What stands on the page of the ledger: five quantities, beside them what was not seen; never a bare percentage."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from eradication.domain import Season
from eradication.errors import N_
from eradication.i18n import number, translator
from eradication.pipeline.not_yet import NEVER
from eradication.pipeline.words import beside_lines
from eradication.web import target_table
from eradication.web.answers import local
from eradication.web.plot_pages import day_of
from eradication.web.sheets import Table

type Values = Mapping[str, Any]


def filled(answer: Values, language: str) -> dict[str, Any]:
    """Return what the page is filled with."""
    return {
        "scope": answer.get("season") or answer.get("year"),
        "as_of": day_of(answer["as_of"]),
        "unit": answer["unit"],
        "by": answer["by"],
        "suspected": "suspected_m2" in answer["total"],
        "total": _row(answer["total"], language),
        "rows": [_row(row, language) for row in answer["rows"] if _speaks(row)],
        "bars": _bars(answer["total"], language),
        "mapped": bool(answer.get("season")) and not answer["unit"] and bool(answer["rows"]),
        "seasons": _seasons(answer.get("season")),
        "beside": list(_beside(answer, language)),
        "targets": None if answer["targets"] is None else _targets(answer, language),
        "held_back": any(_held_back(row) for row in (*answer["rows"], answer["total"])),
        "approximate": answer["approximate_boundaries"],
        "altered": answer["altered"],
        "late": late(answer["late"], language),
        "simulated": answer["simulated"],
    }


BARS = (
    (N_("Detected (m²)"), "detected_m2", "#d55e00"),
    (N_("Claimed (m²)"), "claimed_m2", "#56b4e9"),
    (N_("Verified (m²)"), "verified_m2", "#0072b2"),
    (N_("Remaining (m²)"), "remaining_m2", "#e69f00"),
)
SHOWN_SEASONS = 6


def _bars(total: Values, language: str) -> list[dict[str, Any]]:
    """Return what is drawn as bars, each as a share of the longest."""
    longest = max(float(total[name] or 0) for _, name, _ in BARS) or 1.0
    return [
        {
            "words": translator(language)(words),
            "told": number(total[name], language),
            "share": round(100 * float(total[name] or 0) / longest, 1),
            "colour": colour,
        }
        for words, name, colour in BARS
    ]


def _seasons(label: str | None) -> list[str]:
    """Return the season and those before it, the oldest first, and the season of today."""
    if not label:
        return []
    last = max(Season.parse(label), Season.of(datetime.now(UTC)))
    return [Season(last.start_year - back).label for back in reversed(range(SHOWN_SEASONS))]


def _beside(answer: Values, language: str) -> Iterator[str]:
    translate = translator(language)
    yield from beside_lines.unvisited(answer["unvisited"], language, translate)
    yield from beside_lines.coverage(answer["coverage"], language, translate)
    yield from beside_lines.undetected(answer["undetected"], language, translate)
    yield beside_lines.precision(answer["precision"], language, translate)
    walked = answer["effort"]
    yield beside_lines.effort(walked, language, translate)
    if "until" in walked:
        said = N_("Of this effort, only patrols that were entered before {day} are told, {least} or more together.")
        yield translate(said).format(day=day_of(walked["until"]), least=walked["least"])


def late(when: str, language: str) -> str:
    """Return the sentence on figures that are not of now; empty of those that are."""
    if not when:
        return ""
    if when == NEVER:
        said = N_("Effort, coverage and bounds are being computed for the first time: look again in some minutes.")
        return translator(language)(said)
    said = N_(
        "Effort, coverage and bounds are of {when}; something was entered since. They are computed anew when somebody"
        " looks, every ten minutes at most."
    )
    return translator(language)(said).format(when=local(when))


def _targets(answer: Values, language: str) -> Table:
    return target_table.made(answer["targets"]["rows"], str(answer.get("season") or answer.get("year")), language)


def _speaks(row: Values) -> bool:
    return any(row.get(name) for name in ("suspected_m2", "detected_m2", "plots", "carried_in_m2"))


def _held_back(row: Values) -> bool:
    """Tell whether a percentage is 99.9 only because something is still open."""
    whole = row["detected_m2"]
    return any(row[f"{kind}_pct"] == 99.9 and row[f"{kind}_m2"] == whole for kind in ("claimed", "verified"))


def _row(row: Values, language: str) -> dict[str, Any]:
    areas = ("suspected_m2", "detected_m2", "claimed_m2", "verified_m2", "remaining_m2", "plots", "plants")
    told = {name: number(row[name], language) for name in areas if name in row}
    shares = {name: number(row[name], language, 1) for name in ("claimed_pct", "verified_pct")}
    return told | shares | {"name": row["name"] or row["key"]}
