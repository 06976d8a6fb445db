"""T4, T5, T26: telephones, their network, the server, its worker, its disk and its clock fail in any order.

Whatever they do, every receipt that was ever given is shown by the server, the same; and in the end everything that was
received is recorded once, or refused with a reason. ``ERADICATION_TEST_STEPS=10000`` (with ``-m bench_web``) makes the
long test as long as one likes; it prints how many steps it really did, of which kind.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import filled_forms
import handset
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from web.faults import running, talk
from web.faults.running import NO_LIMIT, Office
from web.faults.talk import Answer, Gone, Phone

pytestmark = pytest.mark.slow

MOST_LISTED = 500
STEPS = "ERADICATION_TEST_STEPS"
PHOTO = b"\xff\xd8\xff\xe0 not a picture"
PASSING = {"disk_full", "store_locked", "store_unwritable", "disk_failed", "store_failed", "unexpected"}
MINUTE_S, DAY_S = 60.0, 86_400.0
# What is drawn depends on nothing that a server says: a draw is then the same when it is drawn again.
WHICH, ENDING = st.integers(0, 1000), st.sampled_from(talk.ENDINGS)
NOW_AND_THEN = st.sampled_from([False, False, False, True])
CUT = st.one_of(st.none(), st.none(), st.integers(0, 100))
"""After how much of a request the network cuts, in percent; mostly it does not."""

POWER = st.sampled_from([*[None] * 10, 0.0, 0.01, 0.03, 0.1, 0.3])
"""After how many seconds the power fails; mostly it does not."""


def one_of[T](some: Sequence[T], which: int) -> T:
    return some[which % len(some)]


class Faults(RuleBasedStateMachine):
    """One office; it stays the same over all examples, as offices do."""

    office: Office
    done: Counter[str]
    records: list[tuple[Phone, str, list[bytes]]]
    forms: list[tuple[Phone, str, bytes, dict[str, bytes]]]

    def __init__(self):
        super().__init__()
        self.begun = (len(self.records), len(self.forms))

    def count(self, name: str) -> None:
        self.done[name] += 1

    def mine(self) -> list[tuple[Phone, str, list[bytes]]]:
        """Records of this example: those before it have long been handed in."""
        return self.records[self.begun[0] :]

    def submissions(self) -> list[tuple[Phone, str, bytes, dict[str, bytes]]]:
        """Submissions of this example."""
        return self.forms[self.begun[1] :]

    def has_some(self) -> bool:
        return bool(self.mine() or self.submissions())

    # What telephones do

    @initialize(phone=st.integers(0, 1))
    def begin(self, phone):
        """Have something of each kind: else there is little but the clock to go wrong."""
        self.fill_in(phone, "visit")
        self.fill_in(phone, "form")

    @rule(phone=st.integers(0, 1), kind=st.sampled_from(["visit", "track", "broken", "photos", "form", "form"]))
    def fill_in(self, phone, kind):
        """Fill in a form, or walk: with the application of the telephone, or with ODK Collect."""
        self.count(f"fill in: {kind}")
        who, number = self.office.phones[phone], len(self.records)
        if kind == "form":
            self.fill_in_with_odk(who)
            return
        if kind == "visit":
            record = self.office.visit(who, place=f"20.{number % 9973:04} 104.{number % 977:04} 900 4")
        elif kind == "photos":
            answers = filled_forms.FOUND | {"visit_id": f"V-{number}", "photo_before": "1.jpg"}
            said = {"form": "eradication_visit", "answers": answers}
            record = self.office.record(who, "visit", said, {"1.jpg": PHOTO, "2.jpg": PHOTO})
        else:
            moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_770_000_000 + 60 * number))
            said = {"version": 99} if kind == "broken" else {}
            fix = f"{moment},104.6,20.8,5,900,1\n".encode()
            record = self.office.record(who, "track", said, {"track-0001.csv": fix})
        self.records.append((who, *record))

    def fill_in_with_odk(self, who: Phone) -> None:
        uuid, number = handset.new_id(), len(self.forms)
        told = {"visit_id": f"O-{uuid}", "photo_before": "1.jpg" if number % 2 else ""}
        place = {"place": f"20.{number % 9973:04} 104.{5000 + number % 977:04} 900 4"}
        text = filled_forms.instance("visit", filled_forms.FOUND | told | place, uuid).encode()
        photos = {"1.jpg": self.office.remember(PHOTO)} if number % 2 else {}
        self.forms.append((who, uuid, self.office.remember(text), photos))

    @precondition(lambda self: self.mine())
    @rule(which=WHICH, size=st.integers(1, 3000), shift=st.sampled_from([0, 0, 0, 0, 1, -1]), cut=CUT, ending=ENDING)
    def piece(self, which, size, shift, cut, ending):
        """Send the next bytes, or some that are not the next ones; perhaps the network cuts among them."""
        self.count("piece")
        who, uuid, contents = one_of(self.mine(), which)
        content = one_of(contents, which)
        before, whole = who.offset(uuid, content)
        start = max(0, before + shift)
        raw = who.patch(uuid, content, start, start + size)
        if cut is not None:
            self.count("cut")
            talk.cut(who.port, raw, len(raw) * cut // 100, ending)
            after, _ = who.offset(uuid, content)
            assert after >= before
            return
        answer = talk.say(who.port, raw)
        assert answer.status in (204, 409), answer
        after, is_whole = who.offset(uuid, content)
        assert is_whole == (after == len(content))
        if answer.status == 409:
            assert answer.json["error"]["kind"] == "wrong_offset"
        elif not whole:
            assert after == min(len(content), start + size)

    @precondition(lambda self: self.mine())
    @rule(which=WHICH, all_of_it=st.sampled_from([True, True, False]), backwards=NOW_AND_THEN, cut=CUT, ending=ENDING)
    def hand_in(self, which, all_of_it, backwards, cut, ending):
        """Ask for a receipt: perhaps before the files came, in another order, again; perhaps nobody hears it."""
        self.count("hand in")
        who, uuid, contents = one_of(self.mine(), which)
        if all_of_it:
            for content in contents:
                who.send(uuid, content)
        raw = who.post(uuid, contents[::-1] if backwards else contents)
        if cut is not None:
            self.count("cut")
            # Cut in the second half of the request, or in the answer.
            after, heard = (len(raw), 4 * cut) if cut % 2 else (len(raw) * (50 + cut // 2) // 100, 0)
            talk.cut(who.port, raw, after, ending, heard)
            return
        self.take(who, talk.say(who.port, raw), allowed=() if all_of_it else (424,))

    @precondition(lambda self: self.mine())
    @rule(which=WHICH)
    def hand_in_other_content(self, which):
        """Hand in something else under an id that was used."""
        self.count("other content")
        who, uuid, _ = one_of(self.mine(), which)
        other = self.office.visit(who, uuid, area_m2=str(1 + len(self.records)))
        for content in other[1]:
            who.send(uuid, content)
        self.take(who, talk.say(who.port, who.post(*other)))
        self.records.append((who, *other))

    def take(self, who: Phone, answer: Answer, allowed: tuple[int, ...] = ()) -> None:
        """Keep the receipt that an answer brings."""
        assert answer.status in (200, 201, 409, *allowed), answer
        if answer.status in (200, 201):
            who.kept(answer.json)
        elif answer.status == 409:
            assert answer.json["error"]["kind"] == "other_content"
            who.kept(answer.json["receipt"])

    @precondition(lambda self: self.submissions())
    @rule(which=WHICH, more=st.booleans(), bare=st.booleans(), cut=CUT, ending=ENDING)
    def submit(self, which, more, bare, cut, ending):
        """Submit a form with ODK Collect, whole or in two requests, again, cut anywhere."""
        self.count("submit")
        who, uuid, text, photos = one_of(self.submissions(), which)
        raw = who.submission(text, {} if bare and more else photos, more=more)
        if cut is not None:
            self.count("cut")
            talk.cut(who.port, raw, len(raw) * cut // 100, ending)
            return
        answer = talk.say(who.port, raw)
        assert answer.status == 201, answer
        receipt = who.kept(who.shown(uuid).json["receipt"])
        assert receipt["number"].encode() in answer.body

    @precondition(lambda self: self.mine())
    @rule(which=st.lists(WHICH, min_size=2, max_size=4), cut_s=POWER)
    def together(self, which, cut_s):
        """Several requests at the same moment; perhaps the power fails in their midst."""
        self.count("together" if cut_s is None else "power cut among requests")
        gave: list[Any] = []

        def all_of(who: Phone, uuid: str, contents: list[bytes]) -> None:
            try:
                for content in contents:
                    who.send(uuid, content)
                gave.append((who, talk.say(who.port, who.post(uuid, contents))))
            except Gone:
                if cut_s is None:
                    raise

        threads = [threading.Thread(target=all_of, args=one_of(self.mine(), one)) for one in which]
        for thread in threads:
            thread.start()
        if cut_s is not None:
            time.sleep(cut_s)
            self.office.kill_server()
        for thread in threads:
            thread.join()
        if cut_s is not None:
            self.office.start_server()
            self.check_receipts()
        else:
            assert len(gave) == len(which)
        for who, answer in gave:  # one request may take away what another still counts on; it sends that again
            self.take(who, answer, allowed=(424,))

    # What befalls the office

    @precondition(lambda self: self.has_some())
    @rule(which=st.sampled_from(["server", "worker", "worker", "both"]))
    def power_cut(self, which):
        self.count(f"kill {which}")
        if which in ("worker", "both"):
            self.office.kill_worker()
        if which in ("server", "both"):
            self.office.kill_server()
            self.office.start_server()
            self.check_receipts()
        if which in ("worker", "both"):
            self.office.start_worker()

    @precondition(lambda self: self.mine())
    @rule(which=WHICH, most=st.sampled_from([0, 300, 4096, 40_000, 200_000]))
    def full_disk(self, which, most):
        """No room for a while: whatever is answered then is true, and it goes on when there is room again."""
        self.count("full disk")
        who, uuid, contents = one_of(self.mine(), which)
        self.office.leave_room(most)
        try:
            for raw in (*(who.patch(uuid, content, 0) for content in contents), who.post(uuid, contents)):
                answer = talk.say(who.port, raw)
                if answer.status in (503, 507):
                    self.count("said to be full")
                    assert answer.json["error"]["kind"] in PASSING, answer
                elif b"upload" not in raw:
                    self.take(who, answer, allowed=(424,))
                else:
                    assert answer.status in (204, 409), answer
        finally:
            self.office.leave_room(NO_LIMIT)
        for content in contents:
            who.send(uuid, content)
        self.take(who, talk.say(who.port, who.post(uuid, contents)))

    @precondition(lambda self: self.has_some())
    @rule(ahead_s=st.sampled_from([0.0, 5.0, -5.0, MINUTE_S, -MINUTE_S, 3600.0, -3600.0, 20 * DAY_S, -400 * DAY_S]))
    def clock_step(self, ahead_s):
        self.count("clock step")
        self.office.set_clock(ahead_s)

    def check_receipts(self) -> None:
        """Whatever was receipted is shown, the same."""
        for phone in self.office.phones:
            shown = talk.say(phone.port, phone.request("GET", "/api/hand-ins"))
            assert shown.status == 200, shown
            told = {one["number"]: one["receipt"] for one in shown.json["hand_ins"]}
            assert len(told) < MOST_LISTED, "more than are listed at once: take fewer steps with one office"
            assert {receipt["number"]: receipt for receipt in phone.receipts.values()}.items() <= told.items()

    def teardown(self):
        self.office.set_clock(0.0)
        self.check_receipts()


def run(office: Office, steps: int, length: int) -> Counter[str]:
    """Do at least so many steps, then enter all and hold receipts, files and ledger against one another."""
    machine = type("Machine", (Faults,), {"office": office, "done": Counter(), "records": [], "forms": []})
    how = settings(
        max_examples=max(1, -(-steps // length)), stateful_step_count=length, deadline=None, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    if not office.worker:
        office.start_worker()
    run_state_machine_as_test(machine, settings=how)
    # Of some submissions more was announced that never came: after a week they are entered as they are.
    office.kill_worker()
    office.set_clock(8 * DAY_S)
    running.check(office)
    return machine.done


def steps_of(done: Counter[str]) -> int:
    return sum(count for name, count in done.items() if name not in ("cut", "said to be full"))


def test_T4_T5_T26_every_receipt_is_kept_and_everything_received_is_entered_once(office):
    done = run(office, 75, 15)
    print(dict(done))
    assert steps_of(done) > 30


@pytest.mark.bench_web
@pytest.mark.timeout(86_400)
@pytest.mark.parametrize("kind", ["file", "server"])
def test_T4_T5_T26_so_it_is_after_many_more_steps(kind, tmp_path: Path, request: pytest.FixtureRequest):
    wanted, total, number = int(os.environ.get(STEPS, "400")) // 2, Counter[str](), 0
    while steps_of(total) < wanted:
        number += 1
        store = request.getfixturevalue("server").place() if kind == "server" else None
        with running.office(tmp_path / str(number) / "office", store) as office:
            office.start_server()
            total += run(office, min(500, wanted), 20)
        print(f"{kind}: {steps_of(total)} steps so far: {dict(sorted(total.items()))}", flush=True)
    assert steps_of(total) >= wanted
