"""Rows of looks: who saw which plot when. What they mean says :mod:`eradication.pipeline.reception.looks`."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from eradication.store.reception import schema

_KEPT = schema.looks.c
_CLAIMED = "batch "
"""Before the name of a batch that is being told."""
_MOST_NAMED = 500
"""Values of one condition: databases bound them."""
_ADD = insert(schema.looks)
_LATEST = (
    select(_KEPT.plot_id, func.max(_KEPT.seen_at))
    .where(_KEPT.person_id == bindparam("person"), _KEPT.how == bindparam("how"), _KEPT.seen_at >= bindparam("since"))
    .group_by(_KEPT.plot_id)
)
_LATEST_OF = _LATEST.where(_KEPT.plot_id.in_(bindparam("plots", expanding=True)))
"""Asked and told with every list and tile, and so built once."""


def add(connection: Connection, person_id: str, plots: Collection[str], how: str, seen_at: str) -> None:
    """Keep a look at each of some plots."""
    row = {"person_id": person_id, "how": how, "seen_at": seen_at, "told_in": None}
    if plots:
        connection.execute(_ADD, [row | {"plot_id": plot} for plot in plots])


def latest(
    connection: Connection, person_id: str, how: str, since: str, plots: Collection[str] | None = None
) -> dict[str, str]:
    """Return plot → when a person last looked at it in one way since a time; of ``plots`` only, if there are any."""
    told = {"person": person_id, "how": how, "since": since}
    if plots is not None and len(plots) <= _MOST_NAMED:
        return dict(connection.execute(_LATEST_OF, told | {"plots": sorted(plots)}).all())
    return dict(connection.execute(_LATEST, told).all())


def of_plots(connection: Connection, plots: Collection[str]) -> list[dict[str, Any]]:
    """Return the looks at plots, the oldest first."""
    query = select(schema.looks).where(_KEPT.plot_id.in_(sorted(plots))).order_by(_KEPT.seen_at, _KEPT.look_id)
    return [dict(row._mapping) for row in connection.execute(query)]


def claimed(connection: Connection) -> list[str]:
    """Return the names of batches whose telling was begun and not ended."""
    query = select(_KEPT.told_in).where(func.substr(_KEPT.told_in, 1, len(_CLAIMED)) == _CLAIMED).distinct()
    return sorted(str(name).removeprefix(_CLAIMED) for name in connection.scalars(query))


def claim(connection: Connection, batch: str, most: int) -> int:
    """Put the oldest looks that nobody has told of into a batch; return how many there are."""
    query = select(_KEPT.look_id).where(_KEPT.told_in.is_(None)).order_by(_KEPT.look_id).limit(min(most, _MOST_NAMED))
    chosen = list(connection.scalars(query))
    if chosen:
        connection.execute(update(schema.looks).where(_KEPT.look_id.in_(chosen)).values(told_in=_CLAIMED + batch))
    return len(chosen)


def of_batch(connection: Connection, batch: str) -> list[dict[str, Any]]:
    """Return the looks of a batch that is being told, in order."""
    query = select(schema.looks).where(_KEPT.told_in == _CLAIMED + batch).order_by(_KEPT.look_id)
    return [dict(row._mapping) for row in connection.execute(query)]


def told(connection: Connection, batch: str, event: str) -> int:
    """Note the event that tells of a batch; return how many looks there were."""
    chosen = update(schema.looks).where(_KEPT.told_in == _CLAIMED + batch)
    return connection.execute(chosen.values(told_in=event)).rowcount
