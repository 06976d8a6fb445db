"""Photos from the card of a camera to the plot they show."""

import io
import json
import shutil
import stat
from datetime import UTC, datetime, timedelta

import photo_factory as made
import pytest
from PIL import Image

from eradication.cli import main
from eradication.ingest import sandbox
from eradication.ingest.formats import photo

HEADER = (
    "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method,destroyed_fraction,photo_before,photo_after"
)
TIMES, LON, LAT, GPX = made.walk()
LOCAL = timedelta(hours=7)


def taken(k, *, ahead_s=0, placed=True, model="Phone", seed=None, **how):
    """A photo taken at fix ``k`` of the walk by a camera that is so far ahead."""
    stated = TIMES[k] + LOCAL + timedelta(seconds=ahead_s)
    place = (float(LON[k]) + 3e-5, float(LAT[k]) - 2e-5) if placed else (None, None)
    return made.jpeg(made.exif(stated, *place, model=model, **how), seed=k if seed is None else seed)


def visits(before="v1_before.jpg", after="v1_after.jpg", k=100):
    when = (TIMES[k] + timedelta(minutes=30)).isoformat()
    place = f"{LON[k]:.6f},{LAT[k]:.6f},{when},BP01,s1;s2"
    return f"{HEADER}\nv1,{place},detected,300,tape,,,\nv1,{place},eradicated,,,1,{before},{after}\n"


@pytest.fixture(scope="module")
def founded(tmp_path_factory):
    """An empty workspace: copying it is faster than founding one for every test."""
    folder = tmp_path_factory.mktemp("founded") / "ws"
    assert main(["--json", "init", str(folder)]) == 0
    return folder


@pytest.fixture
def workspace(founded, tmp_path):
    return shutil.copytree(founded, tmp_path / "ws")


@pytest.fixture
def walled(cli, workspace):
    """Run a command in the workspace and return how it ended."""
    return lambda *words: cli("--workspace", workspace, "--lang", "en", "--json", *words)


@pytest.fixture
def use(walled, monkeypatch):
    """The same, with photos read in this process: the walls of the sandbox take longer than small photos do."""
    behind = sandbox.read

    def read(path, reader, limits, *, options=None):
        return photo.read(path, options) if reader == "photo" else behind(path, reader, limits, options=options)

    monkeypatch.setattr(sandbox, "read", read)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    return walled


@pytest.fixture
def card(tmp_path):
    """A folder into which photos are put by name."""

    def put(**files):
        for name, content in files.items():
            (tmp_path / "card").mkdir(exist_ok=True)
            (tmp_path / "card" / f"{name}.jpg").write_bytes(content)
        return tmp_path / "card"

    return put


def handed(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / name


def rows(answer):
    return {row["path"].rsplit("/", 1)[-1].removesuffix(".jpg"): row for row in answer["photos"]}


def test_T4_photos_are_sealed_shown_without_exif_and_the_same_only_once(walled, card, workspace, tmp_path):
    folder = card(a=taken(5), b=taken(5), broken=taken(9)[:200])
    ended = walled("photos", "import", folder, "--unit", "BP01")
    told = rows(ended.json)
    assert (ended.code, [told[n]["status"] for n in told]) == (3, ["accepted", "duplicate", "refused"])
    assert (told["b"]["reason"], told["broken"]["reason"]) == ("other_name", "damaged_photo")
    assert told["broken"]["hint"]
    kept = {p.name: p for p in (workspace / "originals").rglob("*") if p.is_file()}
    assert set(kept) == {told["a"]["sha256"], told["a"]["copy"]}
    assert kept[told["a"]["sha256"]].read_bytes() == taken(5)
    assert made.SECRET.encode() not in kept[told["a"]["copy"]].read_bytes()
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept.values()} == {0o400}
    assert (workspace / "refused" / told["broken"]["sha256"]).read_bytes() == taken(9)[:200]
    again = walled("photos", "import", folder, "--unit", "BP01").json
    assert [row["reason"] for row in again["photos"]] == ["same_content", "same_content", "damaged_photo"]
    assert len(walled("photos", "list").json["photos"]) == 1
    assert walled("audit", "verify").json["origins"][0]["ok"]
    out = walled("photos", "export", tmp_path / "out").json
    [path] = out["written"]
    with Image.open(path) as copy:
        assert not copy.getexif()


@pytest.mark.parametrize("first", ["photos", "visits"])
def test_photos_and_visits_find_each_other_whichever_came_first(use, card, tmp_path, first):
    use("patrols", "import", handed(tmp_path, "w.gpx", GPX), "--unit", "BP01")
    folder = card(
        v1_before=taken(100, seed=1), v1_after=taken(190, placed=False, model="Old", seed=2), other=taken(104, seed=3)
    )
    table = handed(tmp_path, "v.csv", visits())
    steps = [("photos", "import", folder, "--unit", "BP01"), ("visits", "import", table)]
    answers = [use(*step).json for step in (steps if first == "photos" else steps[::-1])]
    told = rows(answers[0 if first == "photos" else 1])
    roles = {name: [visit["role"] for visit in row["visits"]] for name, row in told.items()}
    if first == "photos":
        assert roles == {"v1_before": [], "v1_after": [], "other": []}
    else:
        assert roles == {"v1_before": ["before"], "v1_after": ["after"], "other": ["near"]}
    listed = use("photos", "list").json
    shown = {
        photo["file"]: (photo["position_source"], [v["visit"] for v in photo["visits"]]) for photo in listed["photos"]
    }
    assert shown["v1_before.jpg"] == ("exif", ["BP01/v1/eradicated"])
    assert shown["v1_after.jpg"] == ("track", ["BP01/v1/eradicated"])
    assert [check["code"] for check in listed["checks"]] == ["photo_far"]
    plot = listed["checks"][0]["plot"]
    seen = use("plots", "show", plot).json
    assert {photo["role"] for photo in seen["photos"]} == {"before", "after", "near"}
    assert {photo["copy"] for photo in seen["photos"]} == {photo["copy"] for photo in listed["photos"]}
    assert seen["photo_checks"] == listed["checks"]
    names = [path.rsplit("/", 1)[-1] for path in use("photos", "export", tmp_path / "out").json["written"]]
    assert [name.rsplit("_", 1)[0] for name in names] == [
        f"{plot}_{TIMES[k] + LOCAL:%Y%m%d-%H%M%S}_{role}"
        for k, role in ((100, "before"), (104, "near"), (190, "after"))
    ]


def test_a_phone_an_hour_ahead_is_found_against_the_track_also_when_that_comes_later(use, card, tmp_path):
    folder = card(**{f"p{k}": taken(k, ahead_s=3600) for k in (20, 80, 210, 300)})
    early = use("photos", "import", folder, "--unit", "BP01").json
    assert [(c["why"], c["offset_s"], c["uncertainty_s"]) for c in early["clock"]] == [("no_track", 0.0, None)]
    assert {row["time_source"] for row in early["photos"]} == {"camera"}
    use("patrols", "import", handed(tmp_path, "w.gpx", GPX), "--unit", "BP01")
    late = use("photos", "import", folder, "--unit", "BP01").json
    [clock] = late["clock"]
    assert (clock["why"], clock["photos"], clock["model"]) == ("track", 4, "Acme Phone")
    assert abs(clock["offset_s"] - 3600) <= clock["uncertainty_s"] + 5
    assert {(row["status"], row["reason"]) for row in late["photos"]} == {("duplicate", "placed_anew")}
    photo = rows(late)["p80"]
    assert abs(datetime.fromisoformat(photo["taken_at"]) - TIMES[80]) < timedelta(seconds=60)
    assert (photo["time_source"], bool(photo["patrol"])) == ("corrected", True)
    assert {row["reason"] for row in use("photos", "import", folder, "--unit", "BP01").json["photos"]} == {
        "same_content"
    }


def test_a_person_states_the_offset_and_later_corrects_it(use, card, tmp_path):
    use("patrols", "import", handed(tmp_path, "w.gpx", GPX))
    folder = card(a=taken(60, ahead_s=-3600, placed=False))
    first = rows(use("photos", "import", folder).json)["a"]
    assert (first["clock"], first["position_source"]) == ("no_position", "none")
    stated = rows(use("photos", "import", folder, "--offset", "-01:00:00").json)["a"]
    assert (stated["reason"], stated["offset_s"], stated["position_source"]) == ("placed_anew", -3600.0, "track")
    assert abs(stated["lon"] - LON[60]) < 1e-5
    assert stated["error_m"] < 20
    assert rows(use("photos", "import", folder).json)["a"]["offset_s"] == -3600.0
    assert use("photos", "list").json["photos"][0]["time_source"] == "corrected"


def test_a_zone_stated_later_counts_and_the_assumed_one_does_not_come_back(use, card):
    folder = card(a=taken(60, placed=False))
    use("photos", "import", folder)
    told = rows(use("photos", "import", folder, "--timezone", "UTC").json)["a"]
    assert (told["reason"], datetime.fromisoformat(told["taken_at"])) == ("placed_anew", TIMES[60] + LOCAL)
    assert rows(use("photos", "import", folder).json)["a"]["reason"] == "same_content"


def test_T33_a_photo_that_says_another_place_than_its_patrol_is_told(use, card, tmp_path):
    use("patrols", "import", handed(tmp_path, "w.gpx", GPX), "--unit", "BP01")
    stated = TIMES[100] + LOCAL
    staged = made.jpeg(made.exif(stated, float(LON[100]) + 0.02, float(LAT[100])))
    use("visits", "import", handed(tmp_path, "v.csv", visits("a", "a")))
    told = rows(use("photos", "import", card(a=staged), "--unit", "BP01").json)["a"]
    assert (told["patrol"], told["track_m"]) == ("", pytest.approx(2075, abs=15))
    codes = {check["code"] for check in use("photos", "list").json["checks"]}
    assert {"photo_far", "photo_off_track", "photo_reused"} <= codes


def test_the_photo_of_a_clock_corrects_its_camera_alone(use, card, tmp_path):
    clock = tmp_path / "gps.jpg"
    clock.write_bytes(taken(0, ahead_s=437, placed=False, model="Old"))
    folder = card(a=taken(60, ahead_s=437, placed=False, model="Old"), b=taken(60, placed=False, model="New"))
    shown = f"{TIMES[0] + LOCAL:%Y-%m-%dT%H:%M:%S}"
    told = rows(use("photos", "import", folder, "--clock-photo", clock, "--clock-time", shown).json)
    assert {n: (row["clock"], row["offset_s"]) for n, row in told.items()} == {
        "a": ("clock_photo", 437.0),
        "b": ("no_position", 0.0),
    }
    assert {datetime.fromisoformat(row["taken_at"]) for row in told.values()} == {TIMES[60]}


def test_satellites_beat_everything_and_their_time_settles_the_camera(use, card):
    gps = [TIMES[k].replace(tzinfo=None) for k in (10, 20)]
    folder = card(
        a=taken(10, ahead_s=90, gps=gps[0]), b=taken(20, ahead_s=90, gps=gps[1]), c=taken(30, ahead_s=90, placed=False)
    )
    answer = use("photos", "import", folder, "--timezone", "Asia/Ho_Chi_Minh").json
    assert [(c["why"], c["offset_s"], c["photos"]) for c in answer["clock"]] == [("gps_time", 90, 2)]
    times = {name: (row["time_source"], datetime.fromisoformat(row["taken_at"])) for name, row in rows(answer).items()}
    assert times == {"a": ("gps", TIMES[10]), "b": ("gps", TIMES[20]), "c": ("corrected", TIMES[30])}


def test_two_patrols_out_at_once_leave_a_photo_without_place_unless_the_unit_is_stated(use, card, tmp_path):
    for unit, seed in (("BP01", 1), ("CA01", 2)):
        gpx = made.walk(seed=seed, origin=(104.5, 21.2 + 0.05 * seed))[3]
        use("patrols", "import", handed(tmp_path, f"{unit}.gpx", gpx), "--unit", unit)
    folder = card(a=taken(60, placed=False))
    assert rows(use("photos", "import", folder).json)["a"]["position_source"] == "none"
    told = rows(use("photos", "import", folder, "--unit", "CA01").json)["a"]
    assert (told["reason"], told["position_source"]) == ("placed_anew", "track")
    assert abs(told["lat"] - 21.3) < 0.03


def test_a_bundle_carries_photos_and_both_their_files(use, cli, card, workspace, tmp_path):
    photo = rows(use("photos", "import", card(a=taken(5))).json)["a"]
    use("bundle", "export", tmp_path / "b.zip")
    other = tmp_path / "other"
    cli("--json", "init", other)
    assert (
        cli("--workspace", other, "--json", "bundle", "import", tmp_path / "b.zip").json["bundles"][0]["originals"] == 2
    )
    listed = cli("--workspace", other, "--json", "photos", "list").json["photos"]
    assert [(p["sha256"], p["copy"], p["taken_at"]) for p in listed] == [
        (photo["sha256"], photo["copy"], photo["taken_at"])
    ]
    kept = next((other / "originals").rglob(photo["copy"])).read_bytes()
    assert not Image.open(io.BytesIO(kept)).getexif()


def test_T4_damaged_files_are_put_back_when_the_photo_comes_again(use, card, workspace):
    folder = card(a=taken(5))
    one = rows(use("photos", "import", folder).json)["a"]
    for name in (one["sha256"], one["copy"]):
        kept = workspace / "originals" / name[:2] / name
        whole = kept.read_bytes()
        kept.chmod(0o600)
        kept.write_bytes(b"damaged")
        assert use("audit", "verify").code == 5
        assert rows(use("photos", "import", folder).json)["a"]["reason"] == "same_content"
        assert kept.read_bytes() == whole


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["nothing.jpg"], "no_such_file"),
        (["a.jpg", "--offset", "soon"], "bad_offset"),
        (["a.jpg", "--clock-time", "2026-02-10T08:00:00"], "clock_half_told"),
        (["a.jpg", "--offset", "5", "--clock-time", "2026-02-10T08:00:00"], "clock_told_twice"),
        (["a.jpg", "--timezone", "Mars"], "unknown_timezone"),
        (["a.jpg", "--clock-photo", "bare.jpg", "--clock-time", "2026-02-10T08:00:00"], "clock_photo_without_time"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_stored(use, card, words, kind):
    folder = card(a=taken(5), bare=made.jpeg())
    ended = use("photos", "import", *(folder / w if w.endswith(".jpg") else w for w in words))
    assert (ended.code, ended.json["error"]["kind"]) == (2, kind)
    assert ended.json["error"]["hint"]
    assert use("photos", "list").json["photos"] == []


def test_a_time_ahead_of_the_clock_is_no_time(use, card):
    later = datetime.now(UTC) + timedelta(days=400)
    told = rows(use("photos", "import", card(a=made.jpeg(made.exif(later)))).json)["a"]
    assert (told["status"], told["taken_at"], told["time_source"]) == ("accepted", None, "none")


def test_T15_no_place_and_no_serial_is_printed_for_people(cli, workspace, card):
    folder = card(a=taken(5, serial="SN-4711"))
    for words in (["photos", "import", folder], ["photos", "list"], ["-v", "photos", "import", folder]):
        ended = cli("--workspace", workspace, "--lang", "en", *words)
        said = ended.out + ended.err
        assert "Acme" in said or "a.jpg" in said
        for secret in (f"{LON[5]:.3f}", f"{LAT[5]:.3f}", "SN-4711", made.SECRET):
            assert secret not in said
    listed = cli("--workspace", workspace, "--json", "photos", "list").out
    assert "SN-4711" not in listed
    assert json.loads(listed)["photos"][0]["camera"].startswith("c-")
