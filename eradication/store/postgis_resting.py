"""Connections that rest between two uses: whether they are still good is found out only where it may have changed."""

import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

_RESTS = "rests_since_s"
TRUSTED_S = 1.0
"""Of a server that is asked a hundred times a second each question would take twice as long were it tried before."""


def try_them(engine: Engine) -> None:
    """Let a connection that rested for longer be tried before it is used; is it broken, all go: others are so too."""

    def rests(_connection: object, record: Any) -> None:
        record.info[_RESTS] = time.monotonic()

    def tried(connection: Any, record: Any, _proxy: object) -> None:
        since_s = record.info.pop(_RESTS, None)
        if since_s is None or time.monotonic() - since_s < TRUSTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error:
            raise InvalidatePoolError from None  # the pool then connects anew

    event.listen(engine, "checkin", rests)
    event.listen(engine, "checkout", tried)
