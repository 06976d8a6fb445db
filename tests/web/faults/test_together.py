"""T4: what telephones, or one that does not wait for answers, send at the same moment is receipted once."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from web.faults import running, talk
from web.faults.talk import Answer, Gone

BY_HAND = pytest.mark.bench_web


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do things at the same moment; return what each gave, or the exception that it ended with."""
    gave: list[Any] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(number: int, act: Callable[[], Any]) -> None:
        start.wait()
        try:
            gave[number] = act()
        except BaseException as error:
            gave[number] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return gave


def said(gave: list[Any]) -> list[Answer]:
    for one in gave:
        if isinstance(one, BaseException):
            raise one
    return gave


@pytest.mark.parametrize("rounds", [pytest.param(2, id="some"), pytest.param(100, marks=BY_HAND, id="many")])
def test_T4_asking_five_times_at_once_gives_one_receipt(office, rounds):
    phone = office.phones[0]
    for _ in range(rounds):
        uuid, contents = office.record(phone, "track", {"version": 99}, {"a.csv": b"x", "b.csv": b"y"})
        for content in contents:
            phone.send(uuid, content)
        raw = phone.post(uuid, contents)
        answers = said(at_once(*[partial(talk.say, office.port, raw)] * 5))
        assert Counter(answer.status for answer in answers) == {201: 1, 200: 4}
        for answer in answers:
            phone.kept(answer.json)
    running.check(office)


@pytest.mark.parametrize("rounds", [pytest.param(2, id="some"), pytest.param(100, marks=BY_HAND, id="many")])
def test_T4_the_same_telephone_sending_twice_at_once_has_one_receipt(office, rounds):
    phone = office.phones[0]
    for _ in range(rounds):
        uuid, contents = office.record(phone, "track", {"version": 99}, {"a.csv": bytes(3000)})
        receipts = said(at_once(*[partial(phone.hand_in, uuid, contents)] * 3))
        assert len({receipt["number"] for receipt in receipts}) == 1
    running.check(office)


@pytest.mark.slow
@pytest.mark.parametrize("rounds", [pytest.param(2, id="some"), pytest.param(50, marks=BY_HAND, id="many")])
def test_T4_two_contents_under_one_id_at_once_are_both_kept_and_one_counts(office, rounds):
    phone = office.phones[0]
    for _ in range(rounds):
        uuid, one = office.visit(phone)
        _, other = office.visit(phone, uuid, area_m2="7")
        answers = said(at_once(*[partial(handed_in, phone, uuid, contents) for contents in (one, other)]))
        assert sorted(answer.status for answer in answers) == [201, 409]
        receipts = [answer.json if answer.status == 201 else answer.json["receipt"] for answer in answers]
        assert len({phone.kept(receipt)["number"] for receipt in receipts}) == 2
        assert [conflict["state"] for conflict in phone.shown(uuid).json["conflicts"]] == ["conflict"]
    running.check(office)


def handed_in(phone: talk.Phone, uuid: str, contents: list[bytes]) -> Answer:
    """Send and ask, again where another request took away what had come."""
    while True:
        for content in contents:
            phone.send(uuid, content)
        answer = talk.say(phone.port, phone.post(uuid, contents))
        if answer.status != 424:
            return answer


@pytest.mark.slow
@pytest.mark.parametrize("rounds", [pytest.param(2, id="some"), pytest.param(40, marks=BY_HAND, id="many")])
def test_T4_a_server_killed_while_many_hand_in_keeps_what_it_receipted(office, rounds):
    for number in range(rounds):
        records = [office.visit(phone) for phone in office.phones for _ in range(2)]
        phones = [phone for phone in office.phones for _ in range(2)]
        pairs = list(zip(phones, records, strict=True))
        acts = [partial(phone.hand_in, *record) for phone, record in pairs]

        def power_cut(delay_s: float = 0.02 * (1 + number % 20)) -> None:
            threading.Event().wait(delay_s)
            office.kill_server()

        gave = at_once(*acts, power_cut)
        assert all(isinstance(one, Gone | dict) for one in gave[:-1]), gave
        office.start_server()
        for phone, record in pairs:
            phone.hand_in(*record)
    running.check(office)
