"""Map and report in a real browser: nothing outside is asked for, nothing users wrote runs."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from e2e.browser import Page, take_picture
from PIL import Image
from report import evaluations, samples
from report.test_chips import chip

from eradication import geo
from eradication.domain import Season, State
from eradication.i18n import translator
from eradication.report import chips, map_chips, map_seasons
from eradication.report import map as maps
from eradication.report import page as pages
from eradication.report.charts.parts import LETTERS
from eradication.report.chips import Pair, Side
from eradication.report.evaluation import EvaluationView
from eradication.report.evaluation import render as evaluation_page
from eradication.report.explanation import render as explanation_page
from eradication.report.model_page import AnswerView
from eradication.report.view import PatrolRow, PlotRow, WaypointMark
from eradication.report.words import clean

PAYLOADS = (
    "<script>__hit.push(1);alert(1)</script>",
    "</script><script>__hit.push(2);alert(2)</script>",
    '<img src=x onerror="__hit.push(3);alert(3)">',
    "<svg/onload=__hit.push(4)>",
    "${__hit.push(5)}",
    "`+__hit.push(6)+`",
    "'-__hit.push(7)-'",
    '";__hit.push(8);//',
    "\\u003cimg src=x onerror=__hit.push(9)\\u003e",
    "{{ 7*7 }}{% raw %}<b onmouseover=__hit.push(10)>",
    '<a href="javascript:__hit.push(11)">Vân Hồ</a>',
    "<!--<script>__hit.push(12)",
    "]]><iframe srcdoc='<script>parent.__hit.push(13)</script>'></iframe>",
    "<style>*{background:url(http://127.0.0.1:9/leak)}</style>",
    "<link rel=stylesheet href=http://127.0.0.1:9/leak.css><meta http-equiv=refresh content=0;url=http://127.0.0.1:9/>",
)

OPEN_EVERY_POPUP = """
(() => {
  const seen = [];
  for (const plot of document.querySelectorAll('.plot, .leaflet-interactive')) {
    plot.dispatchEvent(new MouseEvent('click', {bubbles: true}));
    const told = document.querySelector('.leaflet-popup-content');
    if (told) seen.push(told.textContent);
  }
  return seen.join('\\n');
})()
"""


def written(path: Path, html: str) -> Path:
    path.write_text(html, encoding="utf-8")
    return path


def poisoned_plot(text: str) -> PlotRow:
    episode = samples.episode(2)
    plot = replace(episode.plot, id=text, code=text, commune_code=text)
    poisoned = replace(episode, plot=plot, run=text, model=text, unit=text, look_alike=text, out_of_place=(text,))
    return PlotRow(poisoned, text, simulated=True)


def pictures(row: PlotRow, source: str = "Sentinel-2A") -> Pair:
    """Pictures of a place, in which the text of a catalog stands."""
    [(x, y)] = geo.transform([row.lonlat], geo.WGS84, 32648)
    at = {"west_m": x - 200, "north_m": y + 200, "source": source}
    return Pair(Side("before_destruction", chip(**at)), Side("after_destruction", None, "none_later"))


def of_season(row: PlotRow, season: Season) -> PlotRow:
    return replace(row, episode=replace(row.episode, season=season))


def poisoned_map(text: str) -> str:
    row = poisoned_plot(text)
    earlier = of_season(row, Season(2024))
    view = samples.map_view(
        2,
        province=text,
        plots=(row,),
        past=(earlier,),
        chips={(one.episode.plot.id, one.episode.season.label): pictures(one, text) for one in (row, earlier)},
        remaining={samples.SEASON.label: {"04048": 400}},
        communes=(samples.commune(text),),
        tracks=(samples.track(unit=text, name=text),),
        waypoints=(WaypointMark(104.75, 20.8, text, text),),
    )
    return maps.render(view)


def poisoned_report(text: str) -> str:
    ledger = samples.ledger()
    ledger["rows"] = [{**row, "name": text, "key": text} for row in ledger["rows"]]
    ledger["undetected"] = {"upper": None, "expected": text, "lower": None, "why": text}
    ledger["coverage"] = {"optical": None, "patrol": None, "none": None, "why": text}
    ledger["baseline"] = {"year": 2022, "m2": 5, "source": text, "change_pct": None}
    run = {
        "run": text,
        "season": text,
        "model": text,
        "scenes": {"used": [text], "failed": [{"id": text, "asset": text, "reason": text}]},
        "candidates": text,
        "unobserved_share": None,
    }
    view = samples.report_view(
        1,
        province=text,
        ledger=ledger,
        by_class=tuple({**row, "name": text, "key": text} for row in samples.report_view().by_class),
        plots=(poisoned_plot(text),),
        patrols=(PatrolRow(text, text, None, 1.0, 1.0, 2, 1, {text: 1}),),
        runs=(run,),
        warnings=(text,),
    )
    return pages.render(view)


@cache
def evaluation(language: str = "en") -> str:
    return evaluation_page(EvaluationView(evaluations.evaluation(), language, translator(language), "Sơn La"))


@cache
def explanation(language: str = "en") -> str:
    return explanation_page(AnswerView(evaluations.explanation(), language, translator(language)))


def poisoned_evaluation(text: str) -> str:
    answer = evaluations.evaluation(name=text, version=text, season=text, learned_seasons=[text])
    answer["figures"] = [row | {"name": text, "kind": text} for row in answer["figures"]]
    answer["by_commune"] = [row | {"commune": text, "commune_code": text} for row in answer["by_commune"]]
    for rows in (answer["importance"]["families"], answer["importance"]["features"], answer["dependence"]):
        rows[:] = [row | {"name": text} for row in rows]
    return evaluation_page(EvaluationView(answer, "en", translator("en"), text))


def poisoned_explanation(text: str) -> str:
    fields = dict.fromkeys(("name", "version", "candidate", "plot", "code", "season", "listed_by"), text)
    answer = evaluations.explanation(**fields)
    answer["inside"] = [row | {"class": text} for row in answer["inside"]]
    answer["features"] = [row | {"name": text} for row in answer["features"]]
    answer["families"] = [row | {"name": text} for row in answer["families"]]
    answer["envelopes"] = {text: answer["envelopes"]["poppy"]}
    return explanation_page(AnswerView(answer, "en", translator("en")))


def assert_quiet(page: Page) -> None:
    assert page.dialogs == []
    assert page.reports == []
    assert page.console == []
    assert page.outside == []
    assert page.evaluate("window.__hit") == []


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_T7_no_text_of_a_user_runs_on_the_map(page: Page, tmp_path: Path, payload: str) -> None:
    page.open(written(tmp_path / "map.html", poisoned_map(payload)))
    told = page.evaluate(OPEN_EVERY_POPUP)
    page.settle()
    assert_quiet(page)
    assert told.count(clean(payload)) >= 4, "the popups show the text as it was written"
    assert clean(payload) in page.evaluate("document.querySelector('header').textContent")
    assert clean(payload) in page.evaluate("document.title")


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_T7_no_text_of_a_user_runs_on_the_report(page: Page, tmp_path: Path, payload: str) -> None:
    page.open(written(tmp_path / "report.html", poisoned_report(payload)))
    assert_quiet(page)
    shown = page.evaluate("document.body.textContent")
    assert shown.count(clean(payload)) >= 20, "every field shows the text as it was written"


# Their drawings are made anew for each text, so some come with every test and the others with the slow tests: out of
# a script, into an attribute and an element, into a comment and a style.
@pytest.mark.slow
@pytest.mark.parametrize(
    "payload",
    [pytest.param(text, marks=[] if n in (2, 11, 13) else pytest.mark.slow) for n, text in enumerate(PAYLOADS)],
    ids=range(len(PAYLOADS)),
)
def test_T7_no_text_of_a_user_runs_on_the_pages_of_models(page: Page, tmp_path: Path, payload: str) -> None:
    for html, times in ((poisoned_evaluation(payload), 10), (poisoned_explanation(payload), 6)):
        page.open(written(tmp_path / "page.html", html))
        assert_quiet(page)
        shown = page.evaluate("document.body.textContent")
        assert shown.count(clean(payload)) >= times, "every field shows the text as it was written"
        assert page.evaluate("document.querySelectorAll('svg.plot').length") == html.count("<svg")


def test_T7_the_policy_stops_a_script_even_if_an_escape_failed(page: Page, tmp_path: Path) -> None:
    smuggled = "<script>__hit.push('in')</script><img src=x onerror=\"__hit.push('on')\">"
    html = maps.render(samples.map_view(3)).replace("<body>", f"<body>{smuggled}", 1)
    page.open(written(tmp_path / "map.html", html))
    assert page.evaluate("window.__hit") == []
    assert any("script-src" in report for report in page.reports)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("width", [360, 1200])
def test_T15_map_and_report_open_without_asking_for_anything(
    page: Page, tmp_path: Path, width: int, language: str
) -> None:
    for name, html in (
        ("map", maps.render(samples.map_view(language=language))),
        ("report", pages.render(samples.report_view(language=language))),
        ("evaluation", evaluation(language)),
        ("explanation", explanation(language)),
    ):
        page.open(written(tmp_path / f"{name}.html", html), width, 700)
        assert_quiet(page)
        assert page.requests, "the log does listen"
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_click_on_a_plot_opens_its_measured_popup(page: Page, tmp_path: Path) -> None:
    row = PlotRow(samples.episode(7, area_m2=720.0), "Xã Vân Hồ", simulated=True)
    page.open(written(tmp_path / "map.html", maps.render(samples.map_view(plots=(row,), tracks=()))))
    x, y = page.evaluate(
        "(() => {const r = document.querySelector('.plot').getBoundingClientRect();"
        "return [r.x + r.width / 2, r.y + r.height / 2]})()"
    )
    page.click(x, y)
    page.settle(0.4)
    told = page.evaluate("document.querySelector('.leaflet-popup-content').innerText")
    for expected in (
        "VH-25-007",
        "B?",
        "720 ± 706 m² (95 %), estimate",
        "0.57 (priority)",
        "Xã Vân Hồ",
        "EPSG:9206",
        "20.79000°",
    ):
        assert expected in told
    assert "To be checked, not a finding." in told
    assert "accuses nobody" in told
    assert page.evaluate("document.querySelector('.leaflet-popup').offsetWidth") <= 380


def test_a_small_symbol_opens_its_popup_too(page: Page, tmp_path: Path) -> None:
    best = samples.plots(100)
    expired = [replace(row, episode=replace(row.episode, state=State.EXPIRED, score=0.9)) for row in best]
    low = samples.episode(700, State.EXPIRED, lon=104.9, lat=20.9)
    last = PlotRow(replace(low, score=0.1, plot=replace(low.plot, code="VH-25-700")), "")
    page.open(written(tmp_path / "map.html", maps.render(samples.map_view(plots=(*expired, last), tracks=()))))
    assert page.evaluate("document.querySelectorAll('.plot').length") == 100
    x, y = page.evaluate(
        "(() => {const at = map_eradication.latLngToContainerPoint([20.9, 104.9]);"
        "const r = document.querySelector('.folium-map').getBoundingClientRect(); return [r.x + at.x, r.y + at.y]})()"
    )
    page.click(x, y)
    page.settle(0.4)
    assert "VH-25-700" in page.evaluate("document.querySelector('.leaflet-popup-content').innerText")
    assert_quiet(page)


def test_what_the_model_never_learned_is_striped_and_the_legend_says_so(page: Page, tmp_path: Path) -> None:
    near, far = samples.episode(7, lon=104.71), replace(samples.episode(8, lon=104.73), outside=True)
    found = replace(samples.episode(9, State.DETECTED, lon=104.75), outside=True)
    closed = replace(samples.episode(11, State.EXPIRED, lon=104.77), outside=True)
    rows = tuple(PlotRow(one, "") for one in (near, far, found, closed))
    page.open(written(tmp_path / "map.html", maps.render(samples.map_view(plots=rows, tracks=()))))
    striped = page.evaluate(
        "[...document.querySelectorAll('.plot')].filter(p => p.querySelector('.stripes')).map(p => p.title).join()"
    )
    assert striped == "VH-25-008,VH-25-011"
    assert "unlike what the model has learned" in page.evaluate("document.querySelector('.panel').innerText")
    fills = "[...document.querySelectorAll('.plot .stripes')].map(p => p.getAttribute('fill')).join()"
    assert page.evaluate(fills) == "url(#light-stripes),url(#dark-stripes)"
    assert page.evaluate("['light-stripes', 'dark-stripes'].every(id => document.getElementById(id))")
    page.open(written(tmp_path / "map.html", maps.render(samples.map_view(plots=rows[:1], tracks=()))))
    assert "unlike what the model has learned" not in page.evaluate("document.querySelector('.panel').innerText")
    assert_quiet(page)


def open_popup(page: Page, code: str) -> None:
    page.evaluate(
        f"document.querySelector('.plot[title=\"{code}\"]').dispatchEvent(new MouseEvent('click', {{bubbles: true}}))"
    )
    page.settle(0.4)


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1440])
def test_a_popup_shows_the_place_before_and_after_and_says_why_a_picture_is_missing(
    page: Page, tmp_path: Path, width: int
) -> None:
    rows = tuple(PlotRow(samples.episode(n, State.ERADICATED, lon=104.7 + n / 100), "") for n in (1, 2, 3))
    told = {(r.episode.plot.id, samples.SEASON.label): pictures(r) for r in rows[:1]}
    told[rows[1].episode.plot.id, samples.SEASON.label] = chips.nothing("no_images")
    page.open(written(tmp_path / "map.html", maps.render(samples.map_view(plots=rows, chips=told))), width, 740)
    open_popup(page, "VH-25-001")
    drawn = page.evaluate(
        "(() => {const s = document.querySelector('svg.chip'), b = s.getBoundingClientRect();"
        "const o = s.querySelector('.outline').getBoundingClientRect();"
        "return [b.width, b.height, (o.x + o.width / 2 - b.x) / b.width, (o.y + o.height / 2 - b.y) / b.height,"
        "s.querySelector('image').getBoundingClientRect().width, b.right]})()"
    )
    assert drawn[0] == pytest.approx(drawn[1], abs=1)
    assert drawn[2:4] == pytest.approx([0.5, 0.5], abs=0.02), "the outline lies in the middle"
    assert drawn[4] == pytest.approx(drawn[0], abs=1)
    assert drawn[5] <= width
    said = page.evaluate("document.querySelector('.leaflet-popup-content').textContent")
    for expected in ("Before the destruction", "2026-01-07 · Sentinel-2A", "100 m", "No clear image later than that."):
        assert expected in said
    for code, why in (("VH-25-002", "No image of this place"), ("VH-25-003", f"pictures of {map_chips.MOST_PLACES} ")):
        open_popup(page, code)
        assert why in page.evaluate("document.querySelector('.leaflet-popup-content').textContent")
    assert_quiet(page)


def press(page: Page, key: str) -> None:
    codes = {"ArrowLeft": 37, "ArrowRight": 39}
    for kind in ("keyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=codes[key])
    page.settle()


SHOWN = "[...document.querySelectorAll('.plot')].map((p) => p.title + (p.matches('.faded') ? '-' : '')).sort().join()"
FILL = "document.querySelector('.leaflet-communes-pane path').getAttribute('fill')"


def test_the_slider_sets_plots_counts_and_communes_to_a_season_by_keys_alone(page: Page, tmp_path: Path) -> None:
    now, before, first = (PlotRow(samples.episode(n, State.ERADICATED, lon=104.7 + n / 100), "") for n in (1, 2, 3))
    past = (of_season(before, Season(2024)), of_season(first, Season(2023)))
    left = {"2025-2026": {"04048": 6000}, "2024-2025": {"04048": 0}}
    view = samples.map_view(plots=(now,), past=past, remaining=left)
    page.open(written(tmp_path / "map.html", maps.render(view)))
    told, fills = "document.querySelector('.seasons output').textContent", [page.evaluate(FILL)]
    assert page.evaluate(SHOWN) == "VH-25-001"
    page.evaluate("document.getElementById('season').focus()")
    press(page, "ArrowLeft")
    assert page.evaluate(SHOWN) == "VH-25-002"
    assert "2024-2025 · plots: 1" in page.evaluate(told)
    assert page.evaluate("document.getElementById('season').getAttribute('aria-valuetext')") == "2024-2025"
    assert page.evaluate("getComputedStyle(document.querySelector('.leaflet-tracks-pane')).display") == "none"
    fills.append(page.evaluate(FILL))
    page.evaluate("[...document.querySelectorAll('.panel .row')].find(r => r.textContent.includes('before')).click()")
    assert page.evaluate(SHOWN) == "VH-25-002,VH-25-003-"
    page.evaluate("document.getElementById('season').focus()")
    press(page, "ArrowLeft")
    assert page.evaluate(SHOWN) == "VH-25-003"
    fills.append(page.evaluate(FILL))
    assert len(set(fills)) == 3, "much left, nothing left, nothing found"
    for _ in range(2):
        press(page, "ArrowRight")
    assert page.evaluate(SHOWN) == "VH-25-001,VH-25-002-,VH-25-003-"
    assert "6,000 m² left" in page.evaluate("document.querySelector('.commune-name').textContent")
    assert_quiet(page)


def test_a_map_of_one_season_has_no_slider(page: Page, tmp_path: Path) -> None:
    page.open(written(tmp_path / "map.html", maps.render(samples.map_view(3))))
    assert page.evaluate("document.querySelector('.seasons')") is None


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils are not installed")
def test_communes_and_grid_are_printed_too(page: Page, tmp_path: Path) -> None:
    view = samples.map_view(3, remaining={samples.SEASON.label: {"04048": 30_000}})
    page.open(written(tmp_path / "map.html", maps.render(view)))
    page.pdf(tmp_path / "map.pdf")
    subprocess.run(["pdftoppm", "-r", "40", "-png", "-singlefile", tmp_path / "map.pdf", tmp_path / "map"], check=True)
    with Image.open(tmp_path / "map.png") as image:
        colours = image.convert("RGB").getcolors(1 << 24)
    darkest = tuple(bytes.fromhex(map_seasons.SHADES[-1].colour[1:]))
    assert sum(n for n, colour in colours if max(abs(a - b) for a, b in zip(colour, darkest, strict=True)) < 12) > 2000


def test_switches_hide_a_state_and_a_class(page: Page, tmp_path: Path) -> None:
    page.open(written(tmp_path / "map.html", maps.render(samples.map_view(60))))
    visible = "document.querySelectorAll('.plot').length"
    assert page.evaluate(visible) == 60
    switch = "[...document.querySelectorAll('.panel .row')].find(r => r.textContent.startsWith('{}')).click()"
    page.evaluate(switch.format("candidate"))
    assert page.evaluate(visible) == 55
    page.evaluate(switch.format("Cbelow"))
    classes = page.evaluate("[...document.querySelectorAll('.plot text')].map(t => t.textContent[0]).join('')")
    assert set(classes) == {"A", "B"}
    page.evaluate(switch.format("candidate"))
    page.evaluate(switch.format("Cbelow"))
    assert page.evaluate(visible) == 60


def test_simulated_and_missing_masks_are_said_on_the_map(page: Page, tmp_path: Path) -> None:
    view = samples.map_view(scene_classification=False)
    page.open(written(tmp_path / "map.html", maps.render(view)))
    head = page.evaluate("document.querySelector('header').innerText")
    assert "SIMULATED" in head
    assert "approximate" in head
    assert "No scene classification" in head


FRAMES = """
[...document.querySelectorAll('.scroll')].map((frame) => {
  const hint = frame.previousElementSibling, drawing = frame.querySelector('svg');
  return {
    name: frame.ariaLabel, hides: frame.scrollWidth > frame.clientWidth + 1,
    hint: !!hint && hint.matches('.hint') && hint.offsetHeight > 0,
    tallest: Math.max(0, ...[...frame.querySelectorAll('tr')].map((row) => row.offsetHeight)),
    last: Math.min(999, ...[...frame.querySelectorAll('tbody td:last-child')].map((cell) => cell.offsetWidth)),
    letters: drawing && LETTERS * drawing.clientWidth / drawing.viewBox.baseVal.width,
  };
})
""".replace("LETTERS", str(LETTERS))
BARE_TABLES = "[...document.querySelectorAll('table, svg')].filter((t) => !t.closest('.scroll')).length"


def vietnamese_report() -> str:
    marks = {"poor_accuracy": 14, "spike": 3, "stationary": 57, "too_fast": 2}
    patrols = (PatrolRow("BP-CK", "Tuần tra 12", samples.AS_OF, 14.2, 6.5, 620, 544, marks),) * 6
    shown = {"ledger": samples.full_ledger(), "by_unit": samples.report_view().by_class, "patrols": patrols}
    return pages.render(samples.report_view(language="vi", translate=translator("vi"), **shown))


@pytest.mark.parametrize("width", [360, 1200, *(pytest.param(px, marks=pytest.mark.slow) for px in (800, 900, 1100))])
def test_every_table_and_chart_of_the_report_stays_readable(page: Page, tmp_path: Path, width: int) -> None:
    page.open(written(tmp_path / "report.html", vietnamese_report()), width, 800)
    assert page.evaluate(BARE_TABLES) == 0
    frames = page.evaluate(FRAMES)
    assert len(frames) == 32
    assert [frame["name"] for frame in frames if frame["tallest"] > 90] == [], "no row of one word per line"
    letters = [frame["letters"] for frame in frames if frame["letters"]]
    assert len(letters) == 5
    assert min(letters) >= 11, "labels of the charts, in px"
    assert [frame["hint"] for frame in frames] == [frame["hides"] for frame in frames]
    assert any(frame["hides"] for frame in frames) == (width < 896)
    assert frames[-1]["last"] >= 280, "the marks of a patrol have room"
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
def test_the_code_of_a_plot_stays_in_sight_when_its_row_is_moved(page: Page, tmp_path: Path) -> None:
    page.open(written(tmp_path / "report.html", vietnamese_report()), 360, 800)
    page.evaluate("document.querySelector('.plots').parentElement.scrollLeft = 2000")
    page.settle()
    left, right, unit = page.evaluate(
        "(() => {const [code, ...rest] = document.querySelectorAll('.plots tbody tr:first-child td');"
        "const box = code.getBoundingClientRect();"
        "return [box.left, box.right, rest.at(-1).getBoundingClientRect().right]})()"
    )
    assert left >= 0
    assert right < 180
    assert unit <= 360


@pytest.mark.slow
def test_paper_knows_no_frames(page: Page, tmp_path: Path) -> None:
    page.open(written(tmp_path / "report.html", vietnamese_report()), 660, 800)
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.evaluate("[...document.querySelectorAll('.hint')].every((hint) => hint.offsetHeight === 0)")
    styles = "[...document.querySelectorAll('.scroll')].map((f) => getComputedStyle(f).overflowX)"
    assert set(page.evaluate(styles)) == {"visible"}
    assert page.evaluate("document.documentElement.scrollWidth") <= 660


@pytest.mark.slow
def test_the_report_prints_on_a4_and_the_map_on_one_sheet(page: Page, tmp_path: Path) -> None:
    page.open(written(tmp_path / "map.html", maps.render(samples.map_view())))
    page.pdf(tmp_path / "map.pdf")
    printed = (tmp_path / "map.pdf").read_bytes()
    assert printed.count(b"/Type /Page\n") == 1
    assert b"/MediaBox [0 0 841" in printed
    page.open(written(tmp_path / "report.html", pages.render(samples.report_view())))
    page.pdf(tmp_path / "report.pdf")
    assert b"/MediaBox [0 0 594" in (tmp_path / "report.pdf").read_bytes()


@pytest.mark.slow
def test_the_picture_for_the_readme_is_taken_at_its_size(page: Page, tmp_path: Path) -> None:
    html = written(tmp_path / "map.html", maps.render(samples.map_view()))
    take_picture(html, tmp_path / "map.png", 1200, 800)
    png = (tmp_path / "map.png").read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (1200, 800)
    assert len(png) > 20_000


FILLS = "new Set([...document.querySelectorAll('svg.plot path')].map((p) => getComputedStyle(p).fill)).size"


@pytest.mark.parametrize("drawn", [evaluation, explanation])
def test_drawings_keep_their_colours_under_the_policy_and_print_on_a4(
    page: Page, tmp_path: Path, drawn: Callable[[str], str]
) -> None:
    page.open(written(tmp_path / "page.html", drawn("vi")))
    assert_quiet(page)
    assert page.evaluate(FILLS) >= 3
    page.pdf(tmp_path / "page.pdf")
    sheet = (tmp_path / "page.pdf").read_bytes()
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", sheet)) <= 4
    [(width, height)] = set(re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", sheet))
    assert (round(float(width)), round(float(height))) == (595, 842)
