"""A store with rows of two units, of the one that the first followed, and of nobody; every row bears its canary."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import shapely
from store.samples import NOON, change, file_with, fixes, unit

from eradication.domain import EventKind, Patrol, Waypoint
from eradication.store.contract import Reading, Store

OWN, OTHER, ENDED, SOMEBODY = "BP01", "CA02", "BP00", ""
PLACES = {OWN: 104.0, OTHER: 104.5, ENDED: 103.5, SOMEBODY: 103.0}
ENDS = "2026-01-31"
"""Last day of the unit that the first one followed; the clock of the tests stands three days later."""

UNIT_ROWS = [
    {"code": OWN, "name": "Đồn A", "valid_from": "2020-01-01", "valid_to": None, "successor": ""},
    {"code": OTHER, "name": "Công an B", "valid_from": "2020-01-01", "valid_to": None, "successor": ""},
    {"code": ENDED, "name": "Đồn cũ", "valid_from": "2010-01-01", "valid_to": ENDS, "successor": OWN},
]


def canary(name: str) -> str:
    """What no other unit may ever read."""
    return f"canary of {name or 'somebody'}"


def patrol_of(name: str) -> Patrol:
    east = PLACES[name]
    walked = (fixes([east, east + 0.1], [21.0, 21.1]),)
    point = Waypoint(east, 21.0, NOON, canary(name), "")
    return Patrol(f"p-{name}", name, canary(name), NOON, NOON, 1.0, 0.5, {}, walked, (point,))


def fill(store: Store, folder: Path) -> dict[str, str]:
    """Write everything; return the hashes of originals by what they are."""
    tracks = {name: file_with(folder, canary(name).encode(), f"{name or 'x'}.gpx") for name in PLACES}
    table = file_with(folder, b"rows of several units", "visits.csv")
    with store.transaction() as transaction:
        transaction.append(EventKind.UNITS_RECORDED, NOON, {"rows": UNIT_ROWS})
    with store.transaction() as transaction:
        kept = {name: transaction.put_original(path) for name, path in tracks.items()}
        kept["table"] = transaction.put_original(table)
        transaction.append(EventKind.WORKSPACE_CREATED, NOON, {"said": "everybody"})
        transaction.append(EventKind.RUN_FINISHED, NOON, {"said": canary("the province")})
        transaction.append(EventKind.TIP_RECORDED, NOON, {"tip": {"unit": OWN}, "said": canary("the province")})
        for name in PLACES:
            said = {"unit": name, "said": canary(name)}
            transaction.append(
                EventKind.PATROL_RECORDED, NOON, {"patrol": said, "said": canary(name), "sha256": kept[name]}
            )
            transaction.append(
                EventKind.VISIT_RECORDED, NOON, {"visit": said, "said": canary(name), "sha256": kept["table"]}
            )
            for kind in (EventKind.PLOT_ASSIGNED, EventKind.PLAN_MADE, EventKind.STOP_VETOED):
                transaction.append(kind, NOON, said)
            for kind in (EventKind.VISITS_CHOSEN, EventKind.CELLS_DRAWN):  # draws tell of all that could be drawn
                transaction.append(kind, NOON, said | {"said": canary("the province")})
            transaction.append(EventKind.CANDIDATE_PROPOSED, NOON, {"said": canary("the province")})
            transaction.add_tracks(patrol_of(name))
        transaction.add_units([unit("1", geometry=shapely.box(104, 20, 105, 21))], [change()])
        for layer, rows in layers().items():
            transaction.replace_layer(layer, rows)
    return kept


def layers() -> dict[str, list[dict[str, Any]]]:
    """Rows of every layer: one of each unit, one of nobody, one of both, one that nobody was told of yet."""
    concerned = {name: f",{name.lower()}," if name else "" for name in PLACES} | {"both": ",bp01,ca02,", "untold": None}
    box = {name: shapely.box(PLACES.get(name, 104.2), 21, PLACES.get(name, 104.2) + 0.01, 21.01) for name in concerned}
    return {
        "plots": [
            {"plot_id": f"P-{name}", "season": "s", "units": units, "code": canary(name), "geometry": box[name]}
            for name, units in concerned.items()
        ],
        "candidates": [
            {"id": f"c-{name}", "units": units, "run": canary(name), "geometry": box[name]}
            for name, units in concerned.items()
        ],
        "visits": [
            {"key": f"v-{name}", "unit": name, "visit_id": canary(name), "visited_at": NOON + timedelta(hours=1),
             "geometry": shapely.Point(PLACES[name], 21)}
            for name in PLACES
        ],
        "replayed": [{"part": "entry", "season": "s", "key": "k", "body": canary("the province")}],
    }  # fmt: skip


EVERYWHERE = (100.0, 10.0, 110.0, 30.0)


def seen(view: Reading) -> Mapping[str, set[str]]:
    """What a view gives, table by table: whose rows."""
    return {
        "patrols": {record.unit for record in view.records().patrols},
        "tracks": {name.removeprefix("p-") for name, _ in view.tracks()},
        "tracks by place": {name.removeprefix("p-") for name, _ in view.tracks(bbox=EVERYWHERE)},
        "tracks by id": {name.removeprefix("p-") for name, _ in view.tracks([f"p-{name}" for name in PLACES])},
        "waypoints": {name.removeprefix("p-") for name, _ in view.waypoints()},
        "visits": {row["unit"] for row in view.layer("visits")},
        "visits by place": {row["unit"] for row in view.layer("visits", bbox=EVERYWHERE)},
        "plots": {row["plot_id"].removeprefix("P-") for row in view.layer("plots")},
        "plots by place": {row["plot_id"].removeprefix("P-") for row in view.layer("plots", bbox=EVERYWHERE)},
        "plots by code": {
            row["plot_id"].removeprefix("P-") for row in view.layer("plots", only={"code": [*map(canary, PLACES)]})
        },
        "candidates": {row["id"].removeprefix("c-") for row in view.layer("candidates")},
        "replayed": {row["part"] for row in view.layer("replayed")},
        "events": {event.payload.get("said") or str(event.kind) for event in view.events()},
        "events of a kind": {str(event.payload["said"]) for event in view.events(kinds=[EventKind.PATROL_RECORDED])},
        "communes": {unit.code for unit in view.units()} | {change.old_code for change in view.lineage()},
    }


def everything_said(view: Reading) -> str:
    """All that a view gives, as one text: a canary that is in it was seen."""
    return repr(
        [
            *(layer for name in ("plots", "candidates", "visits", "replayed") for layer in view.layer(name)),
            *view.events(), *view.waypoints(), view.records(),
        ]
    )  # fmt: skip
