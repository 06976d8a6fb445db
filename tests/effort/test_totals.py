"""Effort is what was walked and can be dated, each cell once a day."""

import pytest

from eradication import effort
from eradication.domain import Season


def patrol(name, *, unit="BP1", start="2026-02-10T01:00:00Z", km=4.0, hours=2.0, kind="track", cells=None, total=10):
    days = {"2026-02-10": ["386_2358"]} if cells is None else cells
    return {
        "id": name,
        "unit": unit,
        "start": start,
        "end": start,
        "length_km": km,
        "hours": hours,
        "kind": kind,
        "total": total,
        "marked": {},
        "cells": days,
    }


def test_nothing_walked_is_no_effort():
    assert effort.summarise([]) == effort.Effort(0, 0, 0.0, 0.0, 0, 0)


def test_two_patrols_in_one_cell_on_one_day_are_one_visit():
    found = effort.summarise([patrol("a"), patrol("b", unit="BP2", km=1.5, hours=0.5)])
    assert (found.patrols, found.km, found.hours, found.km2_visits, found.km2) == (2, 5.5, 2.5, 1, 1)


def test_one_cell_on_two_days_is_two_visits():
    days = {"2026-02-10": ["386_2358", "387_2358"], "2026-02-11": ["386_2358"]}
    found = effort.summarise([patrol("a", cells=days)])
    assert (found.km2_visits, found.km2) == (3, 2)


def test_a_patrol_handed_in_twice_counts_once():
    assert effort.summarise([patrol("a"), patrol("a")]) == effort.summarise([patrol("a")])


def test_one_walk_in_two_files_counts_once_for_the_unit_that_came_first():
    walk = patrol("a") | {"walk": "w"}
    again = patrol("b", unit="BP2", km=3.9) | {"walk": "w"}
    assert effort.summarise([walk, again]) == effort.summarise([walk])
    assert effort.summarise([walk, again], unit="BP2").km == 0.0
    assert sum(e.km for e in effort.by_unit([walk, again]).values()) == 4.0


def test_walks_without_a_key_are_told_apart_by_their_files():
    assert effort.summarise([patrol("a") | {"walk": ""}, patrol("b") | {"walk": ""}, patrol("c")]).patrols == 3


def test_routes_and_undated_tracks_are_no_effort_but_undated_ones_are_named():
    found = effort.summarise(
        [
            patrol("r", kind="route", start=None, hours=0.0, cells={}),
            patrol("u", start=None, hours=0.0, cells={}),
            patrol("w", start=None, km=0.0, hours=0.0, cells={}, total=0),
        ]
    )
    assert found == effort.Effort(0, 1, 0.0, 0.0, 0, 0)


def test_a_season_takes_the_patrols_and_days_that_lie_in_it():
    border = patrol("x", start="2026-08-31T16:00:00Z", cells={"2026-08-31": ["1_1"], "2026-09-01": ["1_1", "1_2"]})
    walks = [patrol("a"), patrol("b", start="2025-02-10T01:00:00Z", cells={"2025-02-10": ["386_2358"]}), border]
    found = effort.summarise(walks, season=Season(2025))
    assert (found.patrols, found.km, found.km2_visits) == (2, 8.0, 2)
    assert effort.summarise(walks, season=Season(2026)).patrols == 0


def test_the_first_hours_of_september_in_vietnam_belong_to_the_new_season():
    found = effort.summarise(
        [patrol("a", start="2026-08-31T18:00:00Z", cells={"2026-09-01": ["1_1"]})], season=Season(2026)
    )
    assert (found.patrols, found.km2_visits) == (1, 1)


def test_units_stand_side_by_side():
    found = effort.by_unit([patrol("a"), patrol("b", unit="BP2"), patrol("c", unit="")])
    assert list(found) == ["", "BP1", "BP2"]
    assert sum(e.km for e in found.values()) == pytest.approx(12.0)
    assert [e.km2_visits for e in found.values()] == [1, 1, 1]
