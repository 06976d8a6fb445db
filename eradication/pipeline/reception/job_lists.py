"""Jobs of one kind with their answers, for pages about what they make."""

from typing import Any

from eradication.pipeline.reception import jobs
from eradication.pipeline.reception.place import Place
from eradication.store.reception import jobs as rows


def of_kind(place: Place, kind: str) -> list[dict[str, Any]]:
    """Return the jobs of a kind, the newest first."""
    with place.reception.reading() as connection:
        found = rows.listed(connection, [], jobs.MOST_LISTED, "")
    return [jobs.plain(row) for row in found if row["kind"] == kind]
