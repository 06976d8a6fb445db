"""``risk-evaluation.html``: how good the risk surface is on seasons and units it did not learn from; it prints.

No place stands in it: only deciles of cells, seasons, units and counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from eradication.domain.caution import NO_ACCUSATION, NO_PERSONS
from eradication.errors import N_
from eradication.i18n import floored, number
from eradication.report import model_page, words
from eradication.report.drawing import BLUE, GREY, INK, ORANGE, RED, numbers, shares, svg
from eradication.report.model_page import AnswerView, Show

PARTS: Mapping[str, str] = {
    "held_out_seasons": N_("Seasons told by those before them"),
    "held_out_units": N_("Units told by what others found"),
}
BASES: Mapping[str, str] = {"expert": N_("experts' weights"), "fitted": N_("weights fitted to finds")}
LINES: Mapping[str, tuple[str, str, str | tuple[int, tuple[int, int]]]] = {
    "captured": (N_("risk surface"), BLUE, "-"),
    "by_distance": (N_("distance to earlier plots alone"), ORANGE, (0, (5, 2))),
    "random": (N_("useless order, same search"), GREY, (0, (2, 2))),
}

FINDS = ("predicted", "found", "low", "high")

type Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RiskEvaluationView(AnswerView):
    """What the page shows: the answer of ``risk evaluate``."""

    province: str


def render(view: RiskEvaluationView) -> str:
    """Return the evaluation as one HTML page without any outside reference; the same view gives the same bytes."""
    plots: dict[str, str] = {}
    for part, title in PARTS.items():
        plots |= _drawn(view, part, view.translate(title))
    return model_page.render("risk_evaluation.html", view, _Show(view), plots)


def _drawn(view: RiskEvaluationView, part: str, title: str) -> dict[str, str]:
    """Return the curve of capture and the reliability of a part as SVG; a figure without values is left out."""
    told, drawing = view.answer[part], _Drawing(view)
    out = {}
    if told["deciles"][0]["captured"] is not None:
        label = f"{title}. {view.translate(N_('Share of finds captured by the riskiest deciles of cells'))}"
        out[f"{part}-capture"] = svg(lambda f: drawing.capture(f, told), (3.6, 2.7), f"{part}-capture", label)
    if any(row["predicted"] > 0 for row in told["reliability"]["bins"]):
        label = f"{title}. {view.translate(N_('Finds predicted and finds made'))}"
        rows = [row for row in told["reliability"]["bins"] if row["predicted"] > 0]
        name = f"{part}-reliability"
        out[name] = svg(lambda f: drawing.reliability(f, rows), (3.6, 2.7), name, label)
    return out


@dataclass(frozen=True, slots=True)
class _Drawing:
    view: RiskEvaluationView

    def capture(self, figure: Figure, told: Row) -> None:
        """Draw the curves up to each decile, and the intervals of the riskiest."""
        _, axes = self.view.translate, figure.subplots()
        for name, (words_of, colour, dashes) in LINES.items():
            values = [0.0, *(row[name] for row in told["deciles"])]
            axes.plot(range(len(values)), values, color=colour, linestyle=dashes, label=_(words_of))
        for row in told["top"]:
            captured = row["captured"]
            if captured["low"] is not None:
                axes.vlines(row["deciles"], captured["low"], captured["high"], color=BLUE, linewidth=1.1)
                ends = [captured["low"], captured["high"]]
                axes.plot([row["deciles"]] * 2, ends, "_", color=BLUE, markersize=6)
        axes.set(xlabel=_(N_("deciles of cells, riskiest first")), ylabel=_(N_("finds captured")), xlim=(0, 10))
        axes.set_xticks(range(0, 11, 2))
        shares(axes, self.view.language)
        axes.legend(loc="lower right", fontsize=6.5)

    def reliability(self, figure: Figure, rows: Sequence[Row]) -> None:
        """Draw finds made over finds predicted, both per 100 cells, bin by bin, with the line where both are equal."""
        _, axes = self.view.translate, figure.subplots()
        each = [{name: 100.0 * row[name] / row["cells"] for name in FINDS} for row in rows]
        ends = [value for row in each for value in (row["predicted"], row["low"], row["high"]) if value > 0]
        least, most = min(ends) / 1.5, max(ends) * 1.5
        axes.set(xscale="log", yscale="log", xlim=(least, most), ylim=(least, most))
        axes.plot([least, most], [least, most], color=GREY, linewidth=1.0, linestyle=(0, (4, 2)))
        for row in each:
            axes.vlines(row["predicted"], max(row["low"], least), row["high"], color=INK, linewidth=1.0)
            # Nothing found has no logarithm: an open mark stands on the edge.
            made, face = (row["found"], RED) if row["found"] > 0 else (least, "none")
            axes.plot([row["predicted"]], [made], "o", color=RED, markerfacecolor=face, markersize=4, clip_on=False)
        axes.set_xlabel(_(N_("finds predicted per 100 cells searched")))
        axes.set_ylabel(_(N_("finds made per 100 cells searched")))
        for axis in (axes.xaxis, axes.yaxis):
            numbers(axis, self.view.language, None)


class _Show(Show):
    def __init__(self, view: RiskEvaluationView) -> None:
        super().__init__(view)
        self._language, self._translate = view.language, view.translate
        self.province = words.clean(view.province)
        self.persons = (view.translate(NO_PERSONS), view.translate(NO_ACCUSATION))
        self.parts = [(name, view.translate(title), view.answer[name]) for name, title in PARTS.items()]

    def share(self, value: float | None) -> str:
        """Write a share in percent, floored to 0.1."""
        if value is None:
            return "–"
        return f"{floored(value, self._language)} %"

    def figure(self, figure: Row) -> str:
        """Write a figure in percent with its interval."""
        value = self.share(figure["value"])
        ends = "" if figure["low"] is None else f" ({self.share(figure['low'])} … {self.share(figure['high'])})"
        return f"{value}{ends}"

    def rate(self, row: Row) -> str:
        """Write finds per search with their interval."""
        if row["finds_per_p"] is None:
            return f"– ({self._translate(N_('nobody searched'))})"
        value, low, high = (
            number(row[name], self._language, 2) for name in ("finds_per_p", "finds_per_p_low", "finds_per_p_high")
        )
        return f"{value} ({low} – {high})"

    def why(self, part: Row) -> str:
        """Say why there are no shares or no intervals; empty where there are."""
        if part["why"] == "too_few_finds":
            said = N_("Too few finds for a share: {finds}, and {least} are needed.")
        elif part["why"]:
            said = N_("Finds in {communes} communes only: no interval can be told.")
        else:
            return ""
        counts = {name: self.number(part[name]) for name in ("finds", "communes")}
        return self._translate(said).format(**counts, least=self.number(self._view.answer["least_finds"]))

    def basis(self, row: Row) -> str:
        """Write what a season was told by."""
        learned = ", ".join(map(self.text, row["learned_seasons"]))
        return f"{self._translate(BASES[row['basis']])}{f' · {learned}' if learned else ''}"

    def season(self) -> str:
        """Write which season was judged, or that all were."""
        label = self._view.answer["season"]
        return self.text(label) if label else self._translate(N_("all seasons"))
