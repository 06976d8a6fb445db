"""T16: when old walks are thinned, the sealed files in which they came go too, and nothing else does."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import filled_forms as filled
import handset
import pytest

from eradication.errors import StorageFailed, UnusableInput
from eradication.pipeline import retention
from eradication.pipeline.reception import entering, hand_ins, shelf, thinned_hand_ins
from eradication.pipeline.reception.place import Place, reception_of

OLD, NEW = datetime(2023, 1, 10, 8, tzinfo=UTC), datetime(2026, 2, 10, 8, tzinfo=UTC)
VISIT = (
    b"visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method\n"
    b"v1,104.7,20.8,2023-01-10T08:20+07:00,BP01,CB012;CB013,detected,300,tape\n"
)
HEADINGS = "time,lon,lat,accuracy,altitude,speed\n"


@pytest.fixture
def place(office):
    """The reception in January 2023; what is thinned is thinned by the clock of today."""
    with reception_of(office, lambda: OLD) as place:
        yield place


def walk(day: datetime, east: float = 0.0) -> bytes:
    rows = (f"{day:%Y-%m-%d}T01:00:{i:02}Z,{104.6 + east + i * 2e-5:.6f},20.8,4.5,900,1.2\n" for i in range(60))
    return (HEADINGS + "".join(rows)).encode()


def sealed_walk(place: Place, me, day: datetime, uuid: str = "", east: float = 0.0) -> handset.Sealed:
    sealed = handset.record(place, "track", {"purpose": "walk"}, {"track-0001.csv": walk(day, east)}, uuid)
    handset.hand_in(place, me, sealed)
    return sealed


def dropped(place: Place, me, folder: Path, uuid: str, *contents: bytes):
    files = []
    for number, content in enumerate(contents):
        path = folder / f"{uuid}-{number}.csv"
        path.write_bytes(content)
        files.append(hand_ins.Local(path, path.name, "text/csv"))
    return hand_ins.receive_files(place, me, uuid, files, "desk")


def enter_all(place: Place) -> None:
    for body in entering.waiting(place):
        assert entering.enter(place, body)["state"] in ("recorded", "refused")


def kept(place: Place) -> set[str]:
    """Names of the kept files of all hand-ins."""
    home = place.workspace.folder / "hand_ins"
    return {path.name for part in ("files", "sealed") for path in (home / part).rglob("*") if path.is_file()}


def names(sealed: handset.Sealed) -> set[str]:
    return {file.sha256 for file in sealed.files}


def test_T16_the_sealed_files_of_thinned_walks_go_and_all_others_stay(place, me, tmp_path):
    old = sealed_walk(place, me, OLD)
    dropped(place, me, tmp_path, "desk-old-1", walk(OLD, east=0.01))
    with pytest.raises(hand_ins.OtherContent):
        sealed_walk(place, me, OLD, old.uuid, east=0.02)
    visit = handset.record(
        place, "visit", {"form": "eradication_visit", "answers": filled.FOUND | {"photo_before": ""}}
    )
    handset.hand_in(place, me, visit)
    new = sealed_walk(place, me, NEW)
    enter_all(place)
    before = kept(place)
    assert thinned_hand_ins.forget(place) == 0
    assert kept(place) == before  # nobody answers for a thinning yet
    retention.run(place.workspace, "TP-1")
    receipt = hand_ins.shown(place, me, old.uuid)["receipt"]
    assert thinned_hand_ins.forget(place) == 3
    assert kept(place) == names(visit) | names(new)
    assert thinned_hand_ins.forget(place) == 0
    shown = hand_ins.shown(place, me, old.uuid)
    assert (shown["state"], shown["receipt"]) == ("recorded", receipt)
    assert shown["answer"]["gone_at"]


def test_T4_the_same_walk_handed_in_again_after_that_gets_the_same_receipt_and_is_not_kept_again(place, me):
    old = sealed_walk(place, me, OLD)
    enter_all(place)
    retention.run(place.workspace, "TP-1")
    thinned_hand_ins.forget(place)
    again = hand_ins.receive(place, me, old.uuid, old.files)
    assert (again.fresh, again.receipt) == (False, hand_ins.shown(place, me, old.uuid)["receipt"])
    assert entering.waiting(place) == []
    assert kept(place) == set()


def test_what_was_refused_goes_when_its_season_is_thinned(place, me, tmp_path):
    sealed_walk(place, me, OLD)
    dropped(place, me, tmp_path, "desk-bad-1", HEADINGS.encode())
    enter_all(place)
    assert hand_ins.shown(place, me, "desk-bad-1")["state"] == "refused"
    retention.run(place.workspace, "TP-1")
    assert thinned_hand_ins.forget(place) == 2
    assert kept(place) == set()


def test_a_file_stays_as_long_as_another_hand_in_holds_it_with_something_else(place, me, tmp_path):
    content = walk(OLD)
    dropped(place, me, tmp_path, "desk-old-1", content)
    dropped(place, me, tmp_path, "desk-both-1", content, VISIT)
    enter_all(place)
    assert len(kept(place)) == 2
    retention.run(place.workspace, "TP-1")
    assert thinned_hand_ins.forget(place) == 1
    assert kept(place) == {hashlib.sha256(one).hexdigest() for one in (content, VISIT)}


def test_T4_a_file_stays_for_a_hand_in_that_waits(place, me, tmp_path):
    dropped(place, me, tmp_path, "desk-old-1", walk(OLD))
    enter_all(place)
    dropped(place, me, tmp_path, "desk-old-2", walk(OLD))
    retention.run(place.workspace, "TP-1")
    assert thinned_hand_ins.forget(place) == 1
    assert len(kept(place)) == 1
    enter_all(place)
    assert thinned_hand_ins.forget(place) == 1
    assert kept(place) == set()


def test_T4_no_receipt_is_given_for_a_file_that_goes_meanwhile(place, me, tmp_path, monkeypatch):
    dropped(place, me, tmp_path, "desk-old-1", walk(OLD))
    enter_all(place)
    retention.run(place.workspace, "TP-1")
    keep = shelf.Shelf.keep

    def kept_and_then_removed(self, source, *, sealed):
        found = keep(self, source, sealed=sealed)
        assert thinned_hand_ins.forget(place) == 1
        return found

    monkeypatch.setattr(shelf.Shelf, "keep", kept_and_then_removed)
    with pytest.raises(StorageFailed, match="removed while"):
        dropped(place, me, tmp_path, "desk-old-2", walk(OLD))
    monkeypatch.setattr(shelf.Shelf, "keep", keep)
    dropped(place, me, tmp_path, "desk-old-2", walk(OLD))
    assert len(kept(place)) == 1


def test_a_thinned_hand_in_is_not_entered_again_and_says_why(place, me):
    old = sealed_walk(place, me, OLD)
    enter_all(place)
    retention.run(place.workspace, "TP-1")
    thinned_hand_ins.forget(place)
    number = hand_ins.shown(place, me, old.uuid)["number"]
    with pytest.raises(UnusableInput, match="thinned to effort") as refused:
        entering.again(place, number)
    assert (refused.value.kind, refused.value.where) == ("hand_in_thinned", number)


def test_without_a_reception_none_is_made(office):
    assert thinned_hand_ins.after_retention(office) == 0
    assert not (office.folder / "reception.db").exists()
