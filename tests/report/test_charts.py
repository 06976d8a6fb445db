"""Charts of the report: they show what the ledger says, in the same bytes always, and never area without effort."""

import io
import itertools
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from report import samples
from report.test_tables import view
from worlds import HERE, World, east

from eradication.i18n import translator
from eradication.report import charts
from eradication.report.charts import coverage, days, parts, seasons, steps
from eradication.report.view import ReportView

SEASONS = [
    {"season": f"{y}-{y + 1}", "detected_m2": 1000 * y % 9001, "claimed_m2": 900, "verified_m2": 800, "km": y % 300}
    | {"km2_visits": y % 77, "plots": 3}
    for y in range(2014, 2026)
]
COMMUNES = [{"key": str(n), "seen_share": share} for n, share in enumerate((0.1, 0.25, 0.9, 1.0, None, 0.6))]


def told(**changes: object) -> ReportView:
    ledger = samples.full_ledger() | {"by_season": SEASONS}
    return samples.report_view(**({"ledger": ledger, "criterion": {"communes": COMMUNES}} | changes))


def by_key(shown: ReportView) -> dict[str, charts.Chart]:
    return {chart.key: chart for chart in charts.all_of(shown)}


def test_the_funnel_only_narrows() -> None:
    values = [bar.value for bar in steps.reached(samples.report_view(40))]
    assert values[0] == 40
    assert values[2] >= values[3] >= values[4] > 0
    assert all(bar.value == 0 for bar in steps.reached(samples.report_view(plots=())))


@pytest.mark.slow
def test_the_same_view_gives_the_same_drawings() -> None:
    for one, other in zip(charts.all_of(told()), charts.all_of(told()), strict=True):
        assert charts.svg(one) == charts.svg(other)
        assert charts.png(one) == charts.png(other)


def test_a_picture_for_a_document_bears_no_program_and_no_date_and_has_its_size() -> None:
    chart = by_key(told())["seasons"]
    image = Image.open(io.BytesIO(charts.png(chart, 100)))
    assert image.size == tuple(round(100 * inches) for inches in chart.size_in)
    assert set(image.info) <= {"dpi"}


def test_every_chart_says_all_its_values_to_those_who_cannot_see_it() -> None:
    shown = told(language="vi", translate=translator("vi"))
    for chart in charts.all_of(shown):
        root = ElementTree.fromstring(charts.svg(chart))
        assert root.get("role") == "img"
        assert root.get("aria-label") == f"{chart.title}. {chart.description}"
    texts = {key: chart.description for key, chart in by_key(shown).items()}
    assert "2025-2026" in texts["seasons"]
    assert "3.200 m²" in texts["classes"]
    assert "93,0 %" in texts["coverage"]
    assert "40" in texts["funnel"]


def test_area_by_season_never_stands_without_its_effort() -> None:
    chart = by_key(told())["seasons"]
    for row in SEASONS[-seasons.MOST :]:
        assert f"{row['season']}: " in chart.description
        assert f"patrols {row['km']:.1f} km, {row['km2_visits']} cells" in chart.description
    assert SEASONS[-seasons.MOST - 1]["season"] not in chart.description
    without = {name: value for name, value in samples.ledger().items() if name != "by_season"}
    assert "seasons" not in by_key(told(ledger=without))


def test_a_season_closed_before_its_claims_were_told_is_drawn_by_what_is_known() -> None:
    old = {"season": "2025-2026", "detected_m2": 8340, "plots": 14, "km": 312.4, "km2_visits": 402}
    chart = by_key(told(ledger=samples.ledger() | {"by_season": [old]}))["seasons"]
    assert chart.description == "2025-2026: detected 8,340 m²; patrols 312.4 km, 402 cells of 1 km² × days."
    assert charts.svg(chart)


@pytest.fixture
def waits() -> World:
    """Plots destroyed in the visit that found them, in two days, in five, in forty; one overdue; one just found."""
    world = World().visit("detected").visit("eradicated")
    for metres, wait in ((400, 2), (800, 5), (1200, 40)):
        world.visit("detected", east(metres)).wait(wait).visit("eradicated", east(metres))
    world.visit("detected", east(1600)).wait(9)
    return world.visit("detected", east(2000)).wait(1)


def test_days_to_destruction_are_counted_in_classes_with_what_waits_and_what_is_overdue(waits: World) -> None:
    shown = view(waits)
    found = days.durations(shown)
    assert found.edges == (1, 3, 7, 14, 28)
    assert found.counts == (1, 1, 1, 0, 0, 1)
    assert (found.waiting, found.overdue) == (1, 1)
    assert sum(found.counts) == shown.ledger["timeliness"]["destroyed"]
    chart = by_key(shown)["days"]
    assert "0–1: 1; 1–3: 1; 3–7: 1; 7–14: 0; 14–28: 0; > 28: 1; not yet, in time: 1; not yet, overdue: 1" in (
        chart.description
    )
    assert "3 days from detection to destruction; 7 days from a tip" in chart.note


def test_what_is_left_of_a_plot_and_what_has_regrown_waits_or_is_overdue() -> None:
    world = World().visit("detected").wait(0.2).visit("eradicated").wait(10).visit("regrown", area_m2=20.0).wait(9)
    world.visit("detected", east(400)).wait(1).visit("eradicated", east(400), destroyed_fraction=0.9)
    found = days.durations(view(world))
    assert (sum(found.counts), found.counts[0], found.waiting, found.overdue) == (1, 1, 1, 1)


def test_a_limit_of_the_settings_is_an_end_of_a_class(waits: World) -> None:
    shown = view(waits)
    limits = {"destroy_days": 5, "tip_days": 10, "revisit_days": 28}
    ledger = dict(shown.ledger) | {"timeliness": {**shown.ledger["timeliness"], "limits": limits}}
    assert days.durations(replace(shown, ledger=ledger)).edges == (1, 5, 10, 14, 28)
    same = days.durations(replace(shown, ledger=ledger | {"timeliness": {"limits": limits | {"tip_days": 5}}}))
    assert same.edges == (1, 5, 14, 28)
    assert charts.svg(days.told(replace(shown, ledger=ledger)))


def test_where_nothing_was_detected_no_days_are_drawn() -> None:
    assert "days" not in by_key(view(World().visit("rejected", HERE)))


def test_communes_are_counted_by_the_share_of_their_ground_that_was_seen() -> None:
    bars = {bar.label: bar.value for bar in coverage.by_commune(told())}
    assert bars == {"0–25 %": 1, "25–50 %": 1, "50–75 %": 1, "75–90 %": 0, "90–100 %": 2, "not known": 1}
    assert sum(bars.values()) == len(COMMUNES)


def test_coverage_of_a_period_names_its_season() -> None:
    of_period = samples.ledger() | {"period": "2026-Y", "season_beside": "2025-2026"}
    titles = [by_key(told(ledger=ledger))["coverage"].title for ledger in (of_period, samples.ledger())]
    assert "2025-2026" in titles[0]
    assert "2025-2026" not in titles[1]


def test_coverage_that_is_not_told_is_not_drawn() -> None:
    unknown = {"optical": None, "patrol": None, "none": None, "why": "told_by_season"}
    assert "coverage" not in by_key(told(ledger=samples.ledger() | {"coverage": unknown}))


def test_bars_that_stand_for_different_things_differ_without_colour() -> None:
    """On a black-and-white print: by their pattern, or by how dark they are."""

    def grey(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    for (one, first), (other, second) in itertools.combinations(parts.LOOKS.items(), 2):
        differ = first[1] != second[1] or abs(grey(first[0]) - grey(second[0])) > 0.05
        assert differ, (one, other)


def test_a_chart_of_many_large_values_keeps_its_letters_inside() -> None:
    rows = [row | {"detected_m2": 123_456_789, "claimed_m2": 0} for row in SEASONS]
    for chart in charts.all_of(told(ledger=samples.full_ledger() | {"by_season": rows})):
        pixels = np.asarray(Image.open(io.BytesIO(charts.png(chart, 60))).convert("L"))
        edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        assert (edge > 250).mean() > 0.98, chart.key
