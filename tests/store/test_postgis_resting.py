"""Connections of the reception to a server that is started anew: found broken, and made again, with nobody hearing."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import postgres
import pytest
from sqlalchemy import func, select

from eradication.errors import StorageFailed
from eradication.store import postgis_resting, reception
from eradication.store.reception import Reception, schema


@pytest.fixture(scope="module")
def mortal() -> Iterator[postgres.Cluster]:
    """A server of this module's own, to be killed."""
    if reason := postgres.why_not():
        pytest.skip(reason)
    cluster = postgres.new_cluster()
    try:
        yield cluster
    finally:
        cluster.stop()


def ask(desk: Reception) -> int:
    with desk.asking() as connection:
        time.sleep(0.2)  # all eight at the same time: each has a connection of its own
        return int(connection.scalar(select(func.count()).select_from(schema.people)) or 0)


@pytest.mark.slow
def test_T5_every_connection_that_rested_while_the_server_was_killed_is_made_anew(mortal, tmp_path):
    desk = reception.open_reception(tmp_path, mortal.place())
    try:
        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(ask, [desk] * 8)) == [0] * 8
            mortal.kill()
            with pytest.raises(StorageFailed):
                ask(desk)
            mortal.start()
            time.sleep(1.1)
            assert list(threads.map(ask, [desk] * 8)) == [0] * 8
            with desk.reading() as connection:
                assert connection.scalar(select(func.count()).select_from(schema.people)) == 0
            with desk.writing() as connection:
                connection.execute(schema.about.update().values(value=schema.VERSION))
    finally:
        desk.close()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["asking", "reading", "writing"])
def test_T5_one_that_was_trusted_fails_once_as_storage_does_and_takes_the_others_along(
    how, mortal, tmp_path, monkeypatch
):
    monkeypatch.setattr(postgis_resting, "TRUSTED_S", 3600.0)
    desk = reception.open_reception(tmp_path, mortal.place())
    try:
        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(ask, [desk] * 8)) == [0] * 8
            mortal.kill()
            mortal.start()
            with pytest.raises(StorageFailed) as told, getattr(desk, how)() as connection:
                connection.scalar(select(func.count()).select_from(schema.people))
            assert told.value.kind == "store_disconnected"
            assert list(threads.map(ask, [desk] * 8)) == [0] * 8
    finally:
        desk.close()


def test_what_one_statement_sees_is_committed_and_the_next_sees_what_came_since(mortal, tmp_path):
    desk = reception.open_reception(tmp_path, mortal.place())
    try:
        count = select(func.count()).select_from(schema.numbers)
        with desk.asking() as connection:
            assert connection.scalar(count) == 0
            with desk.writing() as other:
                other.execute(schema.numbers.insert().values(book="R-2026", last=1))
                assert connection.scalar(count) == 0
            assert connection.scalar(count) == 1
        with desk.reading() as connection:
            assert connection.scalar(count) == 1
            with desk.writing() as other:
                other.execute(schema.numbers.insert().values(book="R-2027", last=1))
            assert connection.scalar(count) == 1
    finally:
        desk.close()
