"""T4: the connection is cut after any byte of a small submission, or of its answer; nothing is lost, nothing is twice.

Some of the bytes in the quick tests, every one of them in those run by hand. Each byte meets both ways to end a
connection: one with the store in a file, the other with the store on a server.
"""

from collections.abc import Callable, Iterator
from typing import Any

import filled_forms
import handset
import pytest
from web.faults import running, talk
from web.faults.running import Office
from web.faults.talk import Answer

pytestmark = pytest.mark.slow

BY_HAND = pytest.mark.bench_web

FEW = [pytest.param(149, id="some"), pytest.param(1, marks=[BY_HAND, pytest.mark.timeout(14_400)], id="all")]
PHOTO = b"\xff\xd8\xff\xe0 not a picture"


def bytes_of(raw: bytes, every: int) -> Iterator[int]:
    """After how many bytes a request is cut: also at once, before the last one, and after it."""
    return iter(sorted({*range(0, len(raw) + 1, every), len(raw) - 1, len(raw)}))


def ending(office: Office, byte: int) -> str:
    on_server = "url" in (office.folder / "eradication.toml").read_text()
    return talk.ENDINGS[(byte + on_server) % 2]


def broken(office: Office, number: int = 0) -> tuple[str, list[bytes]]:
    """A record that is refused as soon as it is opened: what matters here is what comes before, and it is quick."""
    return office.record(office.phones[0], "track", {"version": 99}, {"track-0001.csv": b"x"})


@pytest.mark.parametrize("every", FEW)
def test_T4_a_piece_cut_at_any_byte_goes_on_from_there(office, every):
    phone = office.phones[0]
    size = len(phone.patch("x" * 25, office.visit(phone)[1][0], 0))
    for byte in bytes_of(bytes(size), every):
        make = office.visit if byte % 7 == 0 else lambda _: broken(office)
        uuid, contents = make(phone)
        raw = phone.patch(uuid, contents[0], 0)
        talk.cut(office.port, raw, byte, ending(office, byte))
        received, _ = phone.offset(uuid, contents[0])
        assert received <= max(0, byte - (len(raw) - len(contents[0])))
        phone.hand_in(uuid, contents)
    running.check(office)


@pytest.mark.slow
@pytest.mark.parametrize("every", FEW)
def test_T4_asking_for_a_receipt_cut_at_any_byte_gives_one_receipt_in_the_end(office, every):
    phone = office.phones[0]
    size = len(phone.post("x" * 25, office.visit(phone)[1]))
    for byte in bytes_of(bytes(size), every):
        uuid, contents = office.visit(phone) if byte % 7 == 0 else broken(office)
        for content in contents:
            phone.send(uuid, content)
        talk.cut(office.port, phone.post(uuid, contents), byte, ending(office, byte))
        early = phone.shown(uuid)
        if early.status == 200:  # the cut request was taken all the same, and so is its receipt
            phone.kept(early.json["receipt"])
        phone.hand_in(uuid, contents)
        phone.kept(phone.shown(uuid).json["receipt"])
    running.check(office)


def answers_cut(
    office: Office, every: int, raw_of: Callable[[], tuple[str, bytes]], number_of: Callable[[Answer], str]
) -> None:
    """Cut the answer after any byte; the same request is then answered with the same number."""
    uuid, raw = raw_of()
    whole = talk.cut(office.port, raw, len(raw), talk.CLOSED, 1 << 20)
    for byte in bytes_of(whole, every):
        uuid, raw = raw_of()
        heard = talk.cut(office.port, raw, len(raw), ending(office, byte), byte)
        number = number_of(talk.say(office.port, raw))
        assert number == number_of(talk.say(office.port, raw))
        if byte > len(whole) - 12:  # what was heard of it says the number
            assert number.encode() in heard
        office.phones[0].kept(office.phones[0].shown(uuid).json["receipt"])


@pytest.mark.parametrize("every", FEW)
def test_T4_a_receipt_whose_answer_was_cut_is_the_same_when_it_is_asked_for_again(office, every):
    phone = office.phones[0]

    def raw_of() -> tuple[str, bytes]:
        uuid, contents = broken(office)
        for content in contents:
            phone.send(uuid, content)
        return uuid, phone.post(uuid, contents)

    answers_cut(office, every, raw_of, lambda answer: str(answer.json["number"]))
    running.check(office)


def submission(office: Office, photo: bool = True) -> tuple[str, bytes]:
    """A form as ODK Collect sends it; the answer of an office without a worker is all that matters."""
    uuid = handset.new_id()
    answers: dict[str, Any] = filled_forms.FOUND | {"visit_id": f"V-{uuid}", "photo_before": "1.jpg" if photo else ""}
    instance = office.remember(filled_forms.instance("visit", answers, uuid).encode())
    return uuid, office.phones[0].submission(instance, {"1.jpg": office.remember(PHOTO)} if photo else {})


def number_said(answer: Answer) -> str:
    assert answer.status == 201, answer
    return answer.body.partition(b'"submit_success">')[2].partition(b"<")[0].decode()


@pytest.mark.slow
@pytest.mark.parametrize("every", [pytest.param(797, id="some"), *FEW[1:]])
def test_T4_a_submission_of_odk_cut_at_any_byte_is_taken_whole_or_not_at_all(office, every):
    phone = office.phones[0]
    for byte in bytes_of(submission(office)[1], every):
        uuid, raw = submission(office)
        talk.cut(office.port, raw, byte, ending(office, byte))
        if byte < len(raw):
            assert phone.shown(uuid).status == 404
        number = number_said(talk.say(office.port, raw))
        assert number == number_said(talk.say(office.port, raw))
        assert number == phone.kept(phone.shown(uuid).json["receipt"])["number"]
    answers_cut(office, max(every, 97), lambda: submission(office), number_said)
    running.check(office)
