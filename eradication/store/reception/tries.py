"""Counters of tries, kept where all processes see them: so many within a time, then no more until it is over."""

from sqlalchemy import Connection, delete, insert, select, update

from eradication.store.reception import schema

_KEPT = schema.tries.c


def count(connection: Connection, what: str, now_s: float, window_s: float, times: int = 1) -> int:
    """Count more tries of ``what`` and return how many there were in its window, these included.

    Args:
        connection: is writing.
        what: names it; nothing of a person in clear.
        now_s: POSIX time.
        window_s: how long tries are counted together; it begins with the first.
        times: how many tries.
    """
    row = connection.execute(select(_KEPT.since_s, _KEPT.count).where(_KEPT.what == what)).first()
    if row is None:
        connection.execute(insert(schema.tries).values(what=what, since_s=now_s, count=times))
        return times
    # Of two who come at once, the later may have looked at the clock first: time may seem to run back a little. A clock
    # that was set back by more begins a new window: nobody is locked out for years.
    fresh = not abs(now_s - row.since_s) < window_s
    values = {"since_s": now_s, "count": times} if fresh else {"count": int(row[1]) + times}
    connection.execute(update(schema.tries).where(_KEPT.what == what).values(values))
    return int(values["count"])


def discount(connection: Connection, what: str) -> None:
    """Count one try of ``what`` less."""
    less = update(schema.tries).where(_KEPT.what == what, _KEPT.count > 0)
    connection.execute(less.values(count=_KEPT.count - 1))


def forget(connection: Connection, what: str) -> None:
    """Forget the tries of ``what``: it succeeded."""
    connection.execute(delete(schema.tries).where(_KEPT.what == what))


def tidy(connection: Connection, before_s: float) -> None:
    """Forget all windows that began before a time."""
    connection.execute(delete(schema.tries).where(_KEPT.since_s < before_s))
