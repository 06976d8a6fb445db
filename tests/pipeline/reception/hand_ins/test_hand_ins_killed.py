"""T4, T5: a server that is killed has every hand-in it gave a receipt for; many at once never share a number."""

import json
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import handset
import pytest
from rounds import rounds

from eradication.pipeline.reception import entering, hand_in_receipts, hand_ins
from eradication.pipeline.reception.place import opened_place
from eradication.store.reception import hand_ins as rows

TESTS = Path(__file__).resolve().parents[3]
SERVER = """
import json, sys
from pathlib import Path
import handset
from eradication.pipeline.reception.place import opened_place

PIECE = b"2026-02-10T01:00:00Z,104.6,20.8,5,900,1\\n"
with opened_place(Path(sys.argv[1])) as place:
    me = handset.somebody(place)
    while True:
        sealed = handset.record(place, "track", {}, {"track-0001.csv": PIECE})
        print(json.dumps(handset.hand_in(place, me, sealed).receipt), flush=True)
"""


def killed(folder, seed):
    """Let a server give receipts, kill it at some moment, and return what it said."""
    path = {"PYTHONPATH": f"{TESTS}:{TESTS.parent}", "PATH": "/usr/bin:/bin"}
    words = [sys.executable, "-c", SERVER, str(folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=path) as server:
        assert server.stdout is not None
        said = [server.stdout.readline() for _ in range(2)]
        try:
            said += server.communicate(timeout=random.Random(seed).uniform(0.0, 0.5))[0].splitlines()
        except subprocess.TimeoutExpired:
            server.kill()
            said += server.communicate()[0].splitlines()
    return [json.loads(line) for line in said if line.strip().endswith("}")]


def check(folder, receipts):
    assert receipts
    with opened_place(folder) as place:
        with place.reception.reading() as connection:
            kept = {receipt["number"]: rows.numbered(connection, receipt["number"]) for receipt in receipts}
            files = [
                (file["sha256"], file["bytes"])
                for receipt in receipts
                for file in rows.files(connection, receipt["uuid"], receipt["content"])
            ]
        assert [json.loads(kept[receipt["number"]]["receipt"]) for receipt in receipts] == receipts
        assert len(kept) == len(receipts)
        assert len(files) == 2 * len(receipts)
        for sha256, size in files:
            path = place.workspace.folder / "hand_ins" / "files" / sha256[:2] / sha256
            assert path.stat().st_size == size
        body = entering.waiting(place)[-1]
        assert entering.enter(place, body)["state"] == "recorded"


@pytest.mark.slow
def test_T5_a_server_that_is_killed_has_what_it_gave_receipts_for(any_folder):
    check(any_folder, [receipt for seed in range(2) for receipt in killed(any_folder, seed)])


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_T5_so_it_is_after_many_kills(any_folder):
    check(any_folder, [receipt for seed in range(rounds(20, 7)) for receipt in killed(any_folder, seed)])


def test_T4_many_at_once_get_numbers_of_their_own_and_one_record_sent_by_many_gets_one(any_folder):
    with opened_place(any_folder) as place:
        me = handset.somebody(place)
        sealed = [handset.record(place, "track", {}, {"t.csv": bytes([65 + n])}) for n in range(6)]
        for one in sealed:
            handset.send(place, me, one)
        with ThreadPoolExecutor(6) as threads:
            wanted = [one for one in sealed for _ in range(3)]
            given = list(threads.map(lambda one: hand_ins.receive(place, me, one.uuid, one.files), wanted))
        assert sum(one.fresh for one in given) == 6
        assert len({one.receipt["number"] for one in given}) == 6
        assert all(hand_in_receipts.is_genuine(place.workspace, one.receipt) for one in given)
        assert len(entering.waiting(place)) == 6
