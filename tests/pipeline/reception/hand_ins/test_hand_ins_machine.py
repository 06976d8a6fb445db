"""T4: whatever a network, a telephone or a power cut does, a receipt is kept and a record is in the ledger once."""

import contextlib
import json
from collections import Counter
from pathlib import Path

import handset
import pytest
from filled_forms import FOUND
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from eradication.domain import EventKind
from eradication.pipeline.reception import entering, hand_in_receipts, hand_ins, uploads
from eradication.pipeline.reception.place import opened_place
from eradication.pipeline.reception.uploads import Upload
from eradication.store.reception import hand_ins as rows

PEOPLE = ("p-00000001", "p-00000002")
PHOTO = b"\xff\xd8\xff\xe0 not a picture"


class Cut(Exception):
    """The network is gone."""


class Handsets(RuleBasedStateMachine):
    """Telephones that hand in, a network that cuts, a server that is restarted, a worker that works."""

    folder: Path
    steps = 0

    def __init__(self):
        super().__init__()
        self.exits = contextlib.ExitStack()
        self.place = self.exits.enter_context(opened_place(self.folder))
        for person in PEOPLE:
            handset.somebody(self.place, person)
        self.records = []
        self.receipts = []

    def count(self):
        type(self).steps += 1

    def caller(self, record):
        return handset.somebody(self.place, record[0])

    @rule(person=st.sampled_from(PEOPLE), kind=st.sampled_from(["visit", "track", "two_photos", "broken"]))
    def seal(self, person, kind):
        self.count()
        said = {"person": person}
        if kind == "track":
            moment = f"2026-02-10T01:00:{len(self.records) % 60:02}Z"
            points = f"{moment},104.6,20.8,5,900,1\n".encode()
            sealed = handset.record(self.place, "track", said, {"track-0001.csv": points})
        elif kind == "broken":
            sealed = handset.record(self.place, "track", {**said, "version": 99}, {"track-0001.csv": b"x"})
        else:
            photos = {"1.jpg": PHOTO, "2.jpg": PHOTO} if kind == "two_photos" else {}
            sealed = self.visit(said, photos)
        self.records.append((person, kind, sealed))

    def visit(self, said, photos, **changes):
        uuid = changes.get("uuid") or handset.new_id()
        answers = FOUND | {
            "visit_id": f"V-{uuid}",
            "photo_before": "1.jpg" if photos else "",
            **changes.get("answers", {}),
        }
        return handset.record(
            self.place, "visit", {**said, "form": "eradication_visit", "answers": answers}, photos, uuid=uuid
        )

    @precondition(lambda self: self.records)
    @rule(data=st.data())
    def other_content(self, data):
        self.count()
        person, _, sealed = data.draw(st.sampled_from(self.records))
        other = self.visit({"person": person}, {}, uuid=sealed.uuid, answers={"area_m2": "7"})
        self.records.append((person, "other", other))

    @precondition(lambda self: self.records)
    @rule(data=st.data(), size=st.integers(1, 4000), cut=st.integers(0, 4000), shift=st.sampled_from([0, 0, 0, 1, -1]))
    def piece(self, data, size, cut, shift):
        """Send the next bytes; perhaps the network cuts among them; perhaps they are not the next ones."""
        self.count()
        record = data.draw(st.sampled_from(self.records))
        who, sealed = self.caller(record), record[2]
        number = data.draw(st.integers(0, len(sealed.files) - 1))
        file, content = sealed.files[number], sealed.contents[number]
        before = self.state(record, number)
        start = max(0, before.received + shift)
        chunk = content[start : start + size]

        def chunks():
            yield chunk[:cut]
            if cut < len(chunk):
                raise Cut
            yield chunk[cut:]

        wrong, is_cut = None, False
        try:
            after = uploads.append(self.place, who, Upload(sealed.uuid, file.sha256, file.bytes), start, chunks())
        except Cut:
            is_cut, after = True, self.state(record, number)
        except uploads.WrongOffset as error:
            wrong, after = error.offset, self.state(record, number)
        if is_cut:
            assert after.received == start + cut
        if wrong is not None:
            assert start != before.received == wrong
            assert after == before
        assert after.complete == (after.received == file.bytes)

    def state(self, record, number):
        sealed = record[2]
        return uploads.state(self.place, self.caller(record), sealed.uuid, sealed.files[number].sha256)

    @precondition(lambda self: self.records)
    @rule(data=st.data(), all_of_it=st.booleans(), backwards=st.sampled_from([False, False, False, True]))
    def hand_in(self, data, all_of_it, backwards):
        """Hand in, perhaps with files missing, or in another order, or again."""
        self.count()
        record = data.draw(st.sampled_from(self.records))
        who, sealed = self.caller(record), record[2]
        if all_of_it:
            handset.send(self.place, who, sealed)
        files = sealed.files[::-1] if backwards else sealed.files
        given = [r for r in self.receipts if r["uuid"] == sealed.uuid]
        missing, is_other = None, False
        try:
            receipt = hand_ins.receive(self.place, who, sealed.uuid, files).receipt
        except hand_ins.FilesMissing as error:
            missing = error.missing
        except hand_ins.OtherContent as error:
            is_other, receipt = True, error.receipt
        if missing is not None:
            assert not all_of_it
            assert set(missing) <= {file.sha256 for file in files}
            return
        if is_other:
            assert given
            assert receipt != given[0]
        assert all(r == receipt for r in given if r["content"] == receipt["content"])
        if receipt not in self.receipts:
            self.receipts.append(receipt)

    @rule()
    def restart(self):
        self.count()
        self.exits.close()
        self.place = self.exits.enter_context(opened_place(self.folder))

    @rule()
    def tidy(self):
        self.count()
        assert uploads.tidy(self.place) == 0

    @rule(killed=st.booleans())
    def work(self, killed):
        """Enter what has waited longest; a worker that is killed has entered it and not said so."""
        self.count()
        for body in entering.waiting(self.place)[:1]:
            entering.enter(self.place, body)
            if killed:
                with self.place.reception.writing() as connection:
                    undone = {"state": "received", "answer": ""}
                    rows.change(connection, body["hand_in_id"], body["content"], undone)

    def teardown(self):
        try:
            for body in entering.waiting(self.place):
                entering.enter(self.place, body)
            self.check_receipts()
            self.check_ledger()
        finally:
            self.exits.close()

    def check_receipts(self):
        with self.place.reception.reading() as connection:
            kept = {receipt["number"]: rows.numbered(connection, receipt["number"]) for receipt in self.receipts}
        assert len(kept) == len(self.receipts)
        for receipt in self.receipts:
            row = kept[receipt["number"]]
            assert json.loads(row["receipt"]) == receipt
            assert hand_in_receipts.is_genuine(self.place.workspace, receipt)
            assert row["state"] in ("recorded", "refused", "conflict")
            assert row["state"] != "refused" or json.loads(row["answer"])["reasons"]

    def check_ledger(self):
        events = self.place.workspace.store.events(kinds=[EventKind.VISIT_RECORDED])
        told = Counter(event.payload["form"]["instance_id"] for event in events)
        with self.place.reception.reading() as connection:
            for uuid in {receipt["uuid"] for receipt in self.receipts}:
                found = [row for row in rows.contents(connection, uuid) if row["state"] == "recorded"]
                visits = [row for row in found if '"visits"' in row["answer"]]
                assert len(found) <= 1
                assert told[uuid] == len(visits)


def run(folder, examples, steps):
    machine = type("Machine", (Handsets,), {"folder": folder, "steps": 0})
    how = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine, settings=how)
    return machine.steps


@pytest.mark.slow
def test_T4_every_receipt_is_kept_and_every_record_is_in_the_ledger_once(any_folder):
    assert run(any_folder, examples=4, steps=25) > 50


@pytest.mark.bench_web  # many minutes: by hand
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["file", "server"])
def test_T4_so_it_is_after_five_thousand_steps_on_each_store(kind, tmp_path, request):
    from eradication.pipeline.workspace import created, settings_for

    steps, number = 0, 0
    while steps < 5000:
        number += 1
        server = request.getfixturevalue("server").place() if kind == "server" else None
        with created(tmp_path / str(number), settings_for("Sơn La", server=server)):
            pass
        steps += run(tmp_path / str(number), examples=20, steps=40)
    assert steps >= 5000
