"""Walks round plots, from the file to the comparison."""

import math
import re

import pytest


def gpx(radius_m, name, *, accuracy_m=None, aside_m=0.0):
    """A walk round a circle, one fix every two seconds."""
    points = []
    count = int(2 * math.pi * radius_m / 0.9 / 2)
    for k in range(count + 1):
        turn = 2 * math.pi * k / count
        lat = 20.8 + radius_m * math.sin(turn) / 110_700
        lon = 104.6 + (aside_m + radius_m * math.cos(turn)) / 104_070
        minute, second = divmod(2 * k, 60)
        stated = f"<hdop>1</hdop><extensions><accuracy>{accuracy_m}</accuracy></extensions>" if accuracy_m else ""
        points.append(
            f'<trkpt lat="{lat:.8f}" lon="{lon:.8f}">'
            f"<time>2026-02-10T01:{minute:02}:{second:02}Z</time>{stated}</trkpt>"
        )
    return f'<gpx version="1.1"><trk><name>{name}</name><trkseg>{"".join(points)}</trkseg></trk></gpx>'


@pytest.fixture
def take(cli, workspace, tmp_path):
    def taken(name, **how):
        path = tmp_path / f"{name}.gpx"
        path.write_text(gpx(name=name, **how), encoding="utf-8")
        (file,) = cli("--json", "--workspace", workspace, "patrols", "import", path).json["files"]
        (patrol,) = file["patrols"]
        return patrol

    return taken


def test_a_closed_walk_answers_with_its_area_and_error(take):
    patrol = take("one", radius_m=25.0, accuracy_m=6.04)
    (found,) = patrol["perimeters"]
    assert found["area_m2"] == pytest.approx(math.pi * 625, rel=0.01)
    assert found["sigma_m"] == 4.0
    assert found["area_se_m2"] == pytest.approx(0.42 * 4.0 * found["perimeter_m"], rel=0.01)
    assert (found["laps"], found["crossings"]) == (1, 0)
    assert "outline" not in found


def test_two_walks_are_compared_by_their_patrols(cli, workspace, take):
    one, other, large, aside = (
        take(name, radius_m=r, aside_m=a) for name, r, a in (("a", 25, 0), ("b", 26, 0), ("c", 30, 0), ("d", 25, 200))
    )

    def compared(first, second):
        return cli("--json", "--workspace", workspace, "patrols", "compare", first["id"], f"{second['id']}:1").json

    near = compared(one, other)
    assert near["area_m2"] == pytest.approx(math.pi * (625 + 676) / 2, rel=0.01)
    assert (near["walk_again"], near["most_pct"]) == (False, 20.0)
    assert compared(one, large)["walk_again"]
    assert (compared(one, aside)["overlap"], compared(one, aside)["walk_again"]) == (0.0, True)
    said = cli("--lang", "en", "--workspace", workspace, "patrols", "compare", one["id"], aside["id"]).out
    assert "do not overlap" in said


def test_what_is_no_walk_round_something_is_named(cli, workspace, take):
    patrol = take("a", radius_m=25.0)
    for wanted, kind in (("nobody", "no_such_patrol"), (f"{patrol['id']}:2", "no_perimeter")):
        ended = cli("--json", "--workspace", workspace, "patrols", "compare", patrol["id"], wanted)
        assert (ended.code, ended.json["error"]["kind"]) == (2, kind)


def test_a_walk_is_not_compared_with_itself_and_numbers_are_read(cli, workspace, take):
    patrol = take("a", radius_m=25.0)
    for other, kind in (
        (patrol["id"], "same_walk"),
        (f"{patrol['id']}:x", "no_perimeter"),
        (f"{patrol['id']}:", "no_perimeter"),
    ):
        ended = cli("--json", "--workspace", workspace, "patrols", "compare", patrol["id"], other)
        assert ended.json["error"]["kind"] == kind


def test_laps_that_differ_much_are_told_to_be_walked_again(cli, workspace, tmp_path):
    small, large = gpx(25.0, "a"), gpx(31.0, "b").replace("T01:", "T02:")
    points = (
        small[small.index("<trkpt") : small.rindex("</trkseg>")],
        large[large.index("<trkpt") : large.rindex("</trkseg>")],
    )
    path = tmp_path / "hai-vong.gpx"
    path.write_text(
        f"<gpx><trk><trkseg>{points[0]}{points[1].replace('T02:0', 'T01:04')}</trkseg></trk></gpx>", encoding="utf-8"
    )
    times = iter(range(10_000))
    stamped = re.sub(
        r"<time>[^<]*</time>",
        lambda _: f"<time>2026-02-10T01:{(n := next(times)) // 30:02}:{2 * (n % 30):02}Z</time>",
        path.read_text(),
    )
    path.write_text(stamped, encoding="utf-8")
    ended = cli("--lang", "en", "--workspace", workspace, "patrols", "import", path, "--receipts", tmp_path / "slips")
    assert "2 laps, which differ by" in ended.out
    assert "walk again" in ended.out
