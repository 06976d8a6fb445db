"""``report.html``: a season on paper. One file, no script, no outside reference, made for A4.

A percentage never stands alone here: effort, coverage, the places nobody visited and the three lines on what may be
undetected are printed in the same block.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import jinja2

from eradication.domain import TIMEZONE, Json
from eradication.errors import N_
from eradication.i18n import number
from eradication.report import assets, beside_words, charts, check_words, periods, signs, tables, words
from eradication.report.popup import score
from eradication.report.ranking import split
from eradication.report.reasons import sentence
from eradication.report.safe import policy
from eradication.report.tables import drawn
from eradication.report.view import PlotRow, ReportView

YES, NO = N_("yes"), N_("no")


def render(view: ReportView) -> str:
    """Return the report as one HTML page without any outside reference."""
    style = assets.own("page.css")
    show = _Show(view)
    listed, crowd = split(view.plots)
    found, forced = findings(view)
    listed_signs = view.ledger.get("signs")
    told = listed_signs if isinstance(listed_signs, list) else []
    return (
        environment()
        .get_template("report.html")
        .render(
            _=view.translate,
            view=view,
            show=show,
            style=style,
            policy=policy(scripts=[], styles=[style]),
            ledger=view.ledger,
            total=view.ledger["total"],
            quantities=quantities(view),
            effort=_section(view, "effort"),
            coverage=_section(view, "coverage"),
            undetected=drawn.undetected(tables.Writer(view)),
            unvisited=_section(view, "unvisited"),
            baseline=_section(view, "baseline"),
            heading=heading(view),
            signs=signs.lines([sign for sign in told if isinstance(sign, Mapping)], view.language, view.translate),
            **periods.told(view),
            first_groups=tables.first(view),
            groups=tables.then(view),
            funnel=charts.funnel(view),
            areas=charts.areas_by_class(view),
            plots=listed,
            unlisted=len(crowd),
            check_names=[(name, view.translate(heading)) for name, heading in check_words.NAMES.items()],
            uncounted=sum(not view.counts(row) for row in view.plots),
            findings=found,
            forced=forced,
            generated=words.moment(view.as_of, view.language),
            timezone=str(TIMEZONE),
        )
    )


def heading(view: ReportView) -> str:
    """Return what the report is of: a season or a period, of the province or of one unit."""
    _ = view.translate
    scope = (
        f"{_('Period report')} {view.period['period']}" if view.period else f"{_('Season report')} {view.season.label}"
    )
    return f"{scope} · {words.clean(view.unit)}" if view.unit else scope


@cache
def environment() -> jinja2.Environment:
    """Return what fills the templates of printable pages; all that is filled in is shown as text."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("eradication.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _section(view: ReportView, name: str) -> Mapping[str, Json]:
    section = view.ledger.get(name)
    return section if isinstance(section, Mapping) else {}


def quantities(view: ReportView) -> list[tuple[str, str, str]]:
    """Return (key, name, what it means) of the five quantities, in their order."""
    _ = view.translate
    return [
        ("suspected_m2", _("Suspected"), _("estimated area of open candidates; never added to the rest")),
        ("detected_m2", _("Detected"), _("measured area where poppy was confirmed on site")),
        ("claimed_m2", _("Eradicated (claimed)"), _("destroyed area as the eradicating unit reports it")),
        ("verified_m2", _("Verified"), _("destroyed area confirmed by another unit")),
        ("remaining_m2", _("Remaining"), _("detected and not yet verified")),
    ]


def findings(view: ReportView) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return (place, sentence) of what had no effect, waits for a person or is warned of, and of what was forced.

    A verification that was forced counts in full: it does not stand among rows without effect.
    """
    listed = view.ledger.get("findings")
    if not isinstance(listed, list):
        found = [
            (words.clean(row.episode.plot.code), sentence(reason, view.language, view.translate))
            for row in view.plots
            for reason in row.episode.out_of_place
        ]
        return found + _warnings(view), []
    codes = {row.episode.plot.id: row.episode.plot.code for row in view.plots} | dict(view.codes)
    found, forced = list[tuple[str, str]](), list[tuple[str, str]]()
    for item in (item for item in listed if isinstance(item, Mapping)):
        code = item.get("code") or codes.get(str(item.get("plot_id") or ""))
        told = beside_words.finding({**item, "code": code}, view.language, view.translate)
        (forced if item.get("kind") in ("forced", "doubtful") else found).append(told)
    return found + _warnings(view), forced


def _warnings(view: ReportView) -> list[tuple[str, str]]:
    return [("–", words.clean(text)) for text in view.warnings]


def _held_back(row: Mapping[str, Json], share: str) -> bool:
    """Return whether a row stands at 99.9 % although no area is missing: something of it is still open."""
    part, whole, percentage = (row.get(key) for key in (f"{share}_m2", "detected_m2", f"{share}_pct"))
    return (
        isinstance(part, int | float)
        and isinstance(whole, int | float)
        and isinstance(percentage, int | float)
        and part >= whole
        and percentage < 100
    )


class _Show:
    """How the template writes values; bound to the language of one view."""

    def __init__(self, view: ReportView) -> None:
        self.view = view
        self.language = view.language

    def number(self, value: Json, decimals: int = 0) -> str:
        """Write a number, a dash for none."""
        return number(value, self.language, decimals) if isinstance(value, int | float) else "–"

    def percent(self, value: Json) -> str:
        """Write a percentage that the ledger has already floored."""
        return f"{self.number(value, 1)} %" if isinstance(value, int | float) else "–"

    def finished(self, row: Mapping[str, Json], share: str) -> str:
        """Write ``claimed`` or ``verified`` ÷ detected of a row, starred if only something open holds it back."""
        return self.percent(row.get(f"{share}_pct")) + (" *" if _held_back(row, share) else "")

    def starred(self, rows: Iterable[Mapping[str, Json]]) -> bool:
        """Return whether any of ``rows`` has a star to explain."""
        return any(_held_back(row, share) for row in rows for share in ("claimed", "verified"))

    def share(self, value: Json) -> str:
        """Write a fraction of one as a percentage, floored to one decimal like all of the ledger's."""
        return self.percent(int(value * 1000 + 1e-9) / 10) if isinstance(value, int | float) else "–"

    def hectares(self, m2: Json) -> str:
        """Write m² as hectares with 4 decimals."""
        return f"{self.number(m2 / 10_000, 4)} ha" if isinstance(m2, int | float) else "–"

    def text(self, value: Json) -> str:
        """Write any plain value: text cleaned, numbers in the user's language, lists and maps on one line."""
        if value is None or value == "":
            return "–"
        if isinstance(value, bool):
            return self.view.translate(YES if value else NO)
        if isinstance(value, int | float):
            return self.number(value, 0 if float(value).is_integer() else 3)
        if isinstance(value, Mapping):
            return ", ".join(f"{words.clean(key)} {self.text(part)}" for key, part in value.items())
        if isinstance(value, list | tuple):
            return ", ".join(self.text(part) for part in value)
        return words.clean(value)

    def reason(self, value: Json) -> str:
        """Write a reason code, or a sentence, in words."""
        return sentence(value, self.language, self.view.translate) if isinstance(value, str) and value else ""

    def marked(self, marks: Mapping[str, int]) -> str:
        """Write how many fixes bear which mark."""
        return ", ".join(f"{self.reason(mark)} {self.number(count)}" for mark, count in marks.items()) or "–"

    def row(self, key: str) -> str:
        """Write which row of a visit table is meant, its outcome in words."""
        return words.clean(beside_words.row_named(key, self.language))

    def name(self, row: Mapping[str, Json]) -> str:
        """Write what a row of the ledger is about."""
        return self.text(self.view.translate(str(row.get("name") or row.get("key") or "")))

    def day(self, when: Any) -> str:
        """Write a local day."""
        return words.day(when, self.language)

    def word(self, code: Any) -> str:
        """Write a code in words."""
        return words.word(code, self.language)

    def area(self, row: PlotRow) -> str:
        """Write area with its error."""
        return words.measured_area(row.episode.area_m2, row.episode.area_se_m2, self.language)

    def score(self, row: PlotRow) -> str:
        """Write a score with what it may be called."""
        return score(row.episode, self.language) or "–"

    def vn2000(self, row: PlotRow) -> str:
        """Write east and north, VN-2000 / TM-3 104-00."""
        east, north = row.vn2000
        return f"{self.number(east)} · {self.number(north)}"

    def signs(self, row: Mapping[str, Any]) -> list[str]:
        """Return the five signs of a destruction's checks."""
        return [
            check_words.sign([r["status"] for r in row["checks"] if r["check"] == name]) for name in check_words.NAMES
        ]

    def failures(self, row: Mapping[str, Any]) -> list[str]:
        """Return a sentence for each failed check of a destruction."""
        return [f"✗ {words.clean(r['message'])}" for r in row["checks"] if r["status"] == "failed"]

    def scenes(self, run: Mapping[str, Json]) -> tuple[str, list[str]]:
        """Return how many scenes a run used and one line per scene that failed."""
        scenes = run.get("scenes")
        if not isinstance(scenes, Mapping):
            return "–", []
        used, failed = scenes.get("used"), scenes.get("failed")
        parts = [part for part in (failed if isinstance(failed, list) else []) if isinstance(part, Mapping)]
        lines = [self._failed_scene(part) for part in parts]
        return self.number(len(used) if isinstance(used, list) else used), lines

    def _failed_scene(self, part: Mapping[str, Json]) -> str:
        asset = part.get("asset")
        told = [self.text(part.get("id")), self.text(asset) if asset not in (None, "", "*") else ""]
        return " · ".join(text for text in (*told, self.reason(part.get("reason"))) if text)
