"""From the telephone into the ledger: what was sealed in the field is opened, checked and entered, once."""

import itertools

import filled_forms as filled
import handset
import photo_factory
import pytest
from filled_forms import DESTROYED, FOUND, TOLD

from eradication.domain import EventKind
from eradication.pipeline import projection
from eradication.pipeline.reception import entering, hand_in_receipts, hand_ins


def entered(place):
    """What the worker does with what waits."""
    return [entering.enter(place, body) for body in entering.waiting(place)]


def test_a_visit_sealed_on_a_telephone_comes_into_the_ledger_with_its_photo(place, me):
    photo = photo_factory.jpeg()
    answers = FOUND | {"photo_before": "photo_before.jpg"}
    sealed = handset.record(
        place, "visit", {"form": "eradication_visit", "answers": answers}, {"photo_before.jpg": photo}
    )
    received = handset.hand_in(place, me, sealed)
    assert received.fresh
    assert hand_in_receipts.is_genuine(place.workspace, received.receipt)
    [answer] = entered(place)
    assert (answer["state"], answer["reasons"]) == ("recorded", [])
    [visit] = place.workspace.store.events(kinds=[EventKind.VISIT_RECORDED])
    assert visit.payload["form"]["instance_id"] == sealed.uuid
    assert visit.payload["visit"]["unit"] == "BP01"
    assert len(place.workspace.store.events(kinds=[EventKind.PHOTO_RECORDED])) == 1
    assert hand_ins.shown(place, me, sealed.uuid)["answer"]["visits"][0]["status"] == "accepted"


def track(points=60, east=0.0, start=0):
    """Pieces of a walk as the telephone seals them, 20 fixes each; the first has headings."""
    lines = [
        f"2026-02-10T01:{(start + i) // 60:02}:{(start + i) % 60:02}Z,"
        f"{104.6 + east + i * 2e-5:.6f},{20.8 + i * 1e-5:.6f},4.5,900,1.2"
        for i in range(points)
    ]
    parts = ["\n".join(lines[i : i + 20]) + "\n" for i in range(0, points, 20)]
    parts[0] = "time,lon,lat,accuracy,altitude,speed\n" + parts[0]
    return {f"track-{number:04}.csv": part.encode() for number, part in enumerate(parts, start=1)}


def ring(side_m=30.0, steps=25):
    """A walk round a field of some 900 m²."""
    lat, lon = side_m / 110_700, side_m / 104_100
    corners = [(0, 0), (lon, 0), (lon, lat), (0, lat), (0, 0)]
    places = [
        (a[0] + (b[0] - a[0]) * s / steps, a[1] + (b[1] - a[1]) * s / steps)
        for a, b in itertools.pairwise(corners)
        for s in range(steps)
    ] + [(0, 0)]
    lines = [
        f"2026-02-10T01:{i // 60:02}:{i % 60:02}Z,{104.6 + x:.7f},{20.8 + y:.7f},3,900,1.2"
        for i, (x, y) in enumerate(places)
    ]
    return {"track-0001.csv": ("time,lon,lat,accuracy,altitude,speed\n" + "\n".join(lines)).encode()}


def patrols(place):
    return [event.payload["patrol"] for event in place.workspace.store.events(kinds=[EventKind.PATROL_RECORDED])]


def test_the_pieces_of_a_walk_become_one_track_of_the_persons_unit(place, me):
    handset.hand_in(place, me, handset.record(place, "track", {"purpose": "walk"}, track()))
    [answer] = entered(place)
    assert answer["state"] == "recorded"
    [told] = answer["patrols"]
    assert (told["status"], told["patrols"][0]["fixes"]["total"]) == ("accepted", 60)
    [patrol] = patrols(place)
    assert (patrol["unit"], patrol["total"]) == ("BP01", 60)


def test_a_walk_round_a_field_is_measured(place, me):
    handset.hand_in(place, me, handset.record(place, "track", {"purpose": "boundary"}, ring()))
    [answer] = entered(place)
    [perimeter] = answer["patrols"][0]["patrols"][0]["perimeters"]
    assert perimeter["area_m2"] == pytest.approx(900, rel=0.02)


def test_an_eradication_knows_what_its_form_always_says(place, me):
    found = FOUND | {"photo_before": ""}
    handset.hand_in(place, me, handset.record(place, "visit", {"form": "eradication_visit", "answers": found}))
    done = {name: value for name, value in DESTROYED.items() if name not in ("outcome", "minutes_type")}
    photos = {"1.jpg": photo_factory.jpeg(seed=1), "2.jpg": photo_factory.jpeg(seed=2)}
    said = {"form": "eradication_eradication", "answers": done}
    handset.hand_in(place, me, handset.record(place, "visit", said, photos))
    assert [answer["state"] for answer in entered(place)] == ["recorded", "recorded"]
    (episode,) = projection.replayed(place.workspace).episodes
    assert str(episode.state) == "eradicated"


def test_a_tip_is_entered_and_its_source_is_nowhere_in_clear_but_in_its_own_folder(place, me):
    handset.hand_in(place, me, handset.record(place, "tip", {"answers": TOLD}))
    [answer] = entered(place)
    assert answer["tips"][0]["status"] == "accepted"
    files = [path for path in place.workspace.folder.rglob("*") if path.is_file()]
    holding = {path.relative_to(place.workspace.folder).parts[0] for path in files if b"Canary" in path.read_bytes()}
    assert holding == {"tip_sources"}
    assert "Canary" not in str(answer)


def test_the_same_answers_by_odk_give_the_same_ledger_as_by_telephone(place, me, tmp_path):
    answers = FOUND | {"photo_before": ""}
    handset.hand_in(place, me, handset.record(place, "visit", {"form": "eradication_visit", "answers": answers}))
    entered(place)
    path = tmp_path / "submission.xml"
    path.write_text(filled.instance("visit", answers, "77"), encoding="utf-8")
    hand_ins.receive_files(place, me, "uuid:77", [hand_ins.Local(path, "submission.xml")], "odk")
    [answer] = entered(place)
    assert [row["status"] for row in answer["visits"]] == ["duplicate"]
    assert answer["state"] == "recorded"


def test_what_comes_in_clear_is_sealed_before_it_is_kept(place, me, tmp_path):
    path = tmp_path / "tip.xml"
    path.write_text(filled.instance("tip", TOLD, "9"), encoding="utf-8")
    hand_ins.receive_files(place, me, "uuid:9", [hand_ins.Local(path, "tip.xml")], "odk")
    files = [one for one in place.workspace.folder.rglob("*") if one.is_file()]
    assert not [one for one in files if b"Canary" in one.read_bytes()]
    assert entered(place)[0]["tips"][0]["status"] == "accepted"


def test_photos_of_a_submission_that_come_in_a_second_request_belong_to_it(place, me, tmp_path):
    xml, photo = tmp_path / "submission.xml", tmp_path / "p.jpg"
    xml.write_text(filled.instance("visit", FOUND | {"photo_before": "p.jpg"}, "8"), encoding="utf-8")
    photo.write_bytes(photo_factory.jpeg())
    first, second = hand_ins.Local(xml, "submission.xml"), hand_ins.Local(photo, "p.jpg")
    one = hand_ins.receive_files(place, me, "uuid:8", [first], "odk", incomplete=True)
    assert entered(place) == []
    assert hand_ins.shown(place, me, "uuid:8")["state"] == "incomplete"
    two = hand_ins.receive_files(place, me, "uuid:8", [first, second], "odk")
    three = hand_ins.receive_files(place, me, "uuid:8", [first, second], "odk")
    assert one.receipt == two.receipt == three.receipt
    [answer] = entered(place)
    assert (answer["state"], answer["warnings"]) == ("recorded", [])
    assert len(answer["photos"]) == 1


def test_a_desk_takes_a_table_of_visits_a_track_and_a_photo_together(place, me, tmp_path):
    table, walk, photo = tmp_path / "v.csv", tmp_path / "t.csv", tmp_path / "p.jpg"
    table.write_text(filled.visit_table(FOUND | {"photo_before": "p.jpg"}), encoding="utf-8")
    walk.write_bytes(b"".join(track().values()))
    photo.write_bytes(photo_factory.jpeg())
    hand_ins.receive_files(place, me, "desk-0001", [hand_ins.Local(p, p.name) for p in (table, walk, photo)], "desk")
    [answer] = entered(place)
    assert (answer["state"], answer["reasons"]) == ("recorded", [])
    assert answer["visits"][0]["status"] == "accepted"
    assert answer["patrols"][0]["status"] == "accepted"
    assert patrols(place)[0]["unit"] == "BP01"


def test_nobody_writes_in_another_units_name(place, me, tmp_path):
    said = {"form": "eradication_visit", "answers": FOUND | {"unit": "CA02", "photo_before": ""}}
    handset.hand_in(place, me, handset.record(place, "visit", said))
    handset.hand_in(place, me, handset.record(place, "track", {"unit": "CA02"}, track()))
    answers = entered(place)
    assert [answer["state"] for answer in answers] == ["refused", "refused"]
    assert [reason["kind"] for answer in answers for reason in answer["reasons"]] == ["other_unit", "other_unit"]
    assert not place.workspace.store.events(kinds=[EventKind.VISIT_RECORDED, EventKind.PATROL_RECORDED])


def test_the_row_of_another_unit_in_a_table_is_refused_and_the_others_go_in(place, me, tmp_path):
    table = tmp_path / "v.csv"
    one, two = filled.visit_table(FOUND), filled.visit_table(FOUND | {"unit": "CA02", "visit_id": "x"})
    table.write_text(one + two.splitlines()[1] + "\n", encoding="utf-8")
    hand_ins.receive_files(place, me, "desk-0002", [hand_ins.Local(table, "v.csv")], "desk")
    [answer] = entered(place)
    assert [row["status"] for row in answer["visits"]] == ["accepted", "refused"]
    assert (answer["state"], [reason["kind"] for reason in answer["reasons"]]) == ("recorded", ["other_unit"])


def test_a_comrade_hands_in_what_another_recorded_on_a_shared_telephone_and_both_are_named(place, me):
    comrade = handset.somebody(place, "p-00000002")
    handset.hand_in(place, comrade, handset.record(place, "track", {}, track()))
    [answer] = entered(place)
    assert (answer["state"], answer["warnings"]) == ("recorded", ["other_person"])


def test_a_record_of_somebody_of_another_unit_waits_for_who_may_enter_it(place, me):
    stranger = handset.somebody(place, "p-00000003", "CA02")
    received = handset.hand_in(place, stranger, handset.record(place, "track", {}, track()))
    [answer] = entered(place)
    assert (answer["state"], answer["reasons"][0]["kind"]) == ("refused", "other_person")
    again = entering.again(place, received.receipt["number"])
    assert (again["state"], patrols(place)[0]["unit"]) == ("recorded", "BP01")


def test_entering_twice_changes_nothing(place, me):
    handset.hand_in(place, me, handset.record(place, "track", {}, track()))
    [body] = entering.waiting(place)
    first = entering.enter(place, body)
    before = len(place.workspace.store.events())
    assert entering.enter(place, body) == first
    assert entering.enter(place, {**body, "again": True})["state"] == "recorded"
    assert len(place.workspace.store.events()) == before
