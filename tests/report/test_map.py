"""What the map says, read from its file."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from report import samples
from report.test_chips import chip

from eradication.domain import AdminUnit, Season, State
from eradication.report import chips, map_chips, map_seasons, ranking, safe, view, words
from eradication.report import map as maps
from eradication.report.symbols import PATHS, STATES
from eradication.report.view import PlotRow

VIETNAMESE = {"season": "niên vụ"}


def data_of(html: str) -> dict[str, object]:
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert block
    return json.loads(block[1])


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_T7_script_json_is_inert_and_means_the_same(value: object) -> None:
    text = safe.script_json(value)
    assert not set(text) & set("<>&'`$\u2028\u2029")
    assert json.loads(text) == value


def test_T7_not_a_number_is_refused_instead_of_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        safe.script_json({"x": float("nan")})


@given(st.text())
def test_T30_cleaned_text_has_no_hidden_characters(text: str) -> None:
    kept = words.clean(text)
    assert kept == words.clean(kept)
    assert not set(kept) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2069\u200e\u200f\u200b\ufeff\x00\r\n\t")


def test_T30_names_are_composed_and_bidi_marks_are_dropped() -> None:
    assert words.clean("Va\u0302n Ho\u0302\u0300") == "Vân Hồ"
    assert words.clean("a\u202etxt.exe\u202c b") == "atxt.exe b"


@given(st.text())
def test_ascii_text_is_ascii(text: str) -> None:
    assert words.ascii_text(text).isascii()


def test_vietnamese_letters_lose_their_marks_not_themselves() -> None:
    assert words.ascii_text("Xã Chiềng Sơn – Đường 6 ± 3 m²") == "Xa Chieng Son - Duong 6 +- 3 m2"


def test_the_same_view_gives_the_same_bytes() -> None:
    shown = samples.map_view(12)
    assert maps.render(shown) == maps.render(shown)


def test_the_map_names_no_outside_address_to_load() -> None:
    html = maps.render(samples.map_view(5))
    assert not re.search(r"<script[^>]+src|<link", html)
    markup = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    assert not re.search(r"""(?:src|href)\s*=\s*["']?\s*(?:https?:)?//""", markup)
    assert not re.search(r"url\(\s*['\"]?(?:https?:)?//", html)
    for name in ("jquery", "bootstrap", "awesome", "glyphicon", "cdn."):
        assert name not in html.lower()


def test_the_policy_allows_no_inline_code_but_its_own() -> None:
    html = maps.render(samples.map_view(2))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    assert "http" not in policy[1]


def test_every_state_has_its_own_shape_and_colour() -> None:
    assert set(STATES) == set(State)
    looks = {(symbol.shape, symbol.colour, symbol.filled) for symbol in STATES.values()}
    assert len(looks) == len(STATES)
    assert {symbol.shape for symbol in STATES.values()} <= set(PATHS)


def test_the_legend_counts_what_the_map_shows() -> None:
    data = data_of(maps.render(samples.map_view(40)))
    assert sum(state["count"] for state in data["states"]) == 40
    assert sum(klass["count"] for klass in data["classes"]) == 40
    assert [unit["label"] for unit in data["units"]] == ["BP-CK", "CA-VH"]
    assert [unit["count"] for unit in data["units"]] == [2, 1]


def test_an_unmeasured_class_bears_a_question_mark_and_a_measured_one_does_not() -> None:
    rows = (
        PlotRow(samples.episode(1, State.CANDIDATE, 2500), ""),
        PlotRow(samples.episode(2, State.DETECTED, 300), ""),
    )
    letters = [plot["letter"] for plot in data_of(maps.render(samples.map_view(plots=rows)))["plots"]]
    assert letters == ["C", "A?"], "what was found comes first"


def test_a_candidate_is_to_be_checked_and_a_detected_plot_accuses_nobody_either() -> None:
    rows = tuple(PlotRow(samples.episode(1, state), "") for state in (State.CANDIDATE, State.DETECTED))
    detected, candidate = data_of(maps.render(samples.map_view(plots=rows)))["plots"]
    assert "To be checked, not a finding." in candidate["popup"]["foot"]
    assert "To be checked" not in detected["popup"]["foot"]
    assert all("accuses nobody" in plot["popup"]["foot"] for plot in (candidate, detected))


def test_vietnamese_numbers_dates_and_codes_are_written_the_vietnamese_way() -> None:
    rows = (PlotRow(samples.episode(4, State.DETECTED, 1234.4), "Xã Vân Hồ"),)
    shown = samples.map_view(plots=rows, language="vi", translate=lambda text: VIETNAMESE.get(text, text))
    data = data_of(maps.render(shown))
    lines = dict(data["plots"][0]["popup"]["lines"])
    assert data["seasons"]["headings"] == ["Sơn La · niên vụ 2025-2026"]
    assert lines["State"] == "phát hiện"
    assert lines["Area"] == "1.234 ± 121 m² (95 %), thước dây"
    assert lines["First seen"] == "07/02/2026"


def test_a_crowd_of_candidates_is_drawn_small_but_never_left_out() -> None:
    found = PlotRow(samples.episode(900, State.VERIFIED), "")
    data = data_of(maps.render(samples.map_view(plots=(*samples.crowd(250), found))))
    assert len(data["plots"]) == 251
    small = [plot for plot in data["plots"] if plot.get("small")]
    assert len(small) == 150
    assert data["plots"][0]["id"] == found.episode.plot.id
    assert next(state["count"] for state in data["states"] if state["key"] == "expired") == 250


def test_the_best_scores_are_drawn_in_full_and_open_candidates_before_expired_ones() -> None:
    rows = samples.crowd(150)
    waiting = PlotRow(replace(samples.episode(901, State.CANDIDATE), score=0.0), "")
    full, small = ranking.split((*rows, waiting))
    assert waiting in full
    assert len(full) == ranking.FULL
    assert max(row.episode.score for row in small) < min(row.episode.score for row in full if row is not waiting)


def test_a_map_without_any_plot_shows_the_communes_and_says_so() -> None:
    data = data_of(maps.render(samples.map_view(plots=(), tracks=(), waypoints=())))
    assert data["bounds"] == [[20.72, 104.38], [20.86, 104.8]]
    empty = data_of(maps.render(samples.map_view(plots=(), tracks=(), waypoints=(), communes=())))
    assert empty["bounds"] == [[20.5, 102.9], [22.1, 105.1]]


def test_a_track_is_drawn_thinner_but_not_elsewhere() -> None:
    track = samples.track()
    (drawn,) = data_of(maps.render(samples.map_view(tracks=(track,), waypoints=())))["tracks"]
    line = shapely.LineString([(lon, lat) for lat, lon in drawn["line"]])
    assert len(line.coords) < len(track.lonlat)
    assert shapely.LineString(track.lonlat).hausdorff_distance(line) < 6e-5, "within about 6 m"


def real_communes(shared_data: Path) -> tuple[AdminUnit, ...]:
    path = shared_data / "boundaries" / "sonla_communes_2025.geojson"
    units = []
    for i, feature in enumerate(json.loads(path.read_text("utf-8"))["features"]):
        shape = shapely.geometry.shape(feature["geometry"])
        centre = shape.representative_point()
        units.append(replace(samples.commune(f"Xã {i}", approximate=False), geometry=shape, lon=centre.x, lat=centre.y))
    return tuple(units)


def test_a_map_of_200_plots_over_the_real_communes_stays_below_3_mb(shared_data: Path) -> None:
    tracks = tuple(samples.track(seed=seed) for seed in range(60))
    communes = real_communes(shared_data)
    html = maps.render(samples.map_view(200, communes=communes, tracks=tracks))
    assert len(communes) == 75
    assert len(html.encode()) < 3_000_000


def test_kept_fixes_alone_are_drawn() -> None:
    from eradication.domain import Fixes, Patrol

    def column(*values: float) -> np.ndarray:
        return np.array(values)

    fixes = Fixes(
        lon=column(104.1, 104.2, 104.3),
        lat=column(21.1, 21.2, 21.3),
        ele_m=np.full(3, np.nan, np.float32),
        time_s=np.full(3, np.nan),
        accuracy_m=np.full(3, np.nan, np.float32),
        hdop=np.full(3, np.nan, np.float32),
        mark=np.array([0, 8, 0], np.uint8),
    )
    patrol = Patrol(
        "p", "BP", "x", None, None, 1.0, 0.0, {"spike": 1}, (fixes, replace(fixes, mark=fixes.mark + 1)), ()
    )
    (drawn,) = view.tracks_of(patrol)
    assert drawn.lonlat.tolist() == [[104.1, 21.1], [104.3, 21.3]]
    row = view.PatrolRow.of(patrol)
    assert (row.total, row.kept) == (6, 5)


def nothing_of(rows: Iterable[PlotRow]) -> dict[tuple[str, str], chips.Pair]:
    return {(r.episode.plot.id, r.episode.season.label): chips.nothing("cloud") for r in rows}


def test_pictures_go_to_the_most_important_places_and_the_others_say_so() -> None:
    crowd = samples.crowd(350)
    past = [
        replace(r, episode=replace(r.episode, season=Season(2020 + n % 3))) for n, r in enumerate(samples.plots(300))
    ]
    chosen = map_chips.most_important(crowd, past)
    assert len(chosen) == map_chips.MOST_PLACES
    assert chosen[:100] == ranking.split(crowd)[0], "of a crowd those that are drawn in full"
    seasons = [row.episode.season.start_year for row in chosen[100:]]
    assert seasons == sorted(seasons, reverse=True), "then the newest of the earlier seasons"
    data = data_of(maps.render(samples.map_view(plots=crowd, past=tuple(past), chips=nothing_of(chosen))))
    said = [plot["chips"]["why"] for plot in (*data["plots"], *data["past"])]
    assert len(said) == 650
    assert sum("Left out" in why for why in said) == 350
    assert not any("chips" in plot for plot in data_of(maps.render(samples.map_view(3)))["plots"]), (
        "none were asked for"
    )


def test_seasons_are_in_their_order_and_every_place_is_in_its_own() -> None:
    past = tuple(
        replace(r, episode=replace(r.episode, season=Season(year)))
        for r, year in zip(samples.plots(6), (2024, 2022, 2024, 2022, 2024, 2019), strict=True)
    )
    data = data_of(maps.render(samples.map_view(2, past=past)))
    assert data["seasons"]["labels"] == ["2019-2020", "2022-2023", "2024-2025", "2025-2026"]
    assert [plot["season"] for plot in data["plots"]] == [3, 3]
    assert sorted(plot["season"] for plot in data["past"]) == [0, 1, 1, 2, 2, 2]


@given(st.integers(0, 10**7))
def test_the_fill_of_a_commune_is_the_step_that_its_area_lies_in(m2: int) -> None:
    told = map_seasons.shading(samples.map_view(0, remaining={samples.SEASON.label: {"04048": m2}}))
    assert told
    [[step, text]] = told["seasons"][samples.SEASON.label].values()
    assert map_seasons.SHADES[step].least_m2 <= m2
    assert step + 1 == len(map_seasons.SHADES) or m2 < map_seasons.SHADES[step + 1].least_m2
    assert f"{m2:,}" in text


def test_fills_get_darker_for_any_eye_and_on_a_copy_in_black_and_white() -> None:
    def luminance(colour: str) -> float:
        red, green, blue = bytes.fromhex(colour[1:])
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    steps = [luminance(shade.colour) for shade in map_seasons.SHADES[1:]]
    assert steps == sorted(steps, reverse=True)
    assert all(one - other > 15 for one, other in pairwise(steps))
    assert map_seasons.shading(samples.map_view(2)) is None, "nothing was detected anywhere"


def test_the_map_stays_small_even_with_the_most_pictures_it_holds() -> None:
    random = np.random.default_rng(5)
    rows = tuple(PlotRow(samples.episode(n, State.DETECTED), "") for n in range(map_chips.MOST_PLACES))
    noise = [chip(random.integers(0, 256, (40, 40, 3), dtype=np.uint8)) for _ in range(8)]
    told = {}
    for n, row in enumerate(rows):
        sides = (chips.Side("at_detection", noise[n % 8]), chips.Side("latest", noise[(n + 3) % 8]))
        told[row.episode.plot.id, row.episode.season.label] = chips.Pair(*sides)
    with_pictures, bare = (len(maps.render(samples.map_view(plots=rows, chips=c)).encode()) for c in (told, {}))
    assert with_pictures - bare < 300 * 15_000, "of pictures that cannot be compressed at all"
    assert with_pictures < 6_000_000
