"""Rows of visits arrive in any order, table by table: what is accepted and what the ledger says stays the same."""

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from strategies import seasons
from worlds import SETTINGS, START, World, locate, visit

from eradication import history
from eradication.domain import Season
from eradication.history.episodes import NOT_INDEPENDENT
from eradication.pipeline import created, settings_for
from eradication.pipeline.accounts import Question, ledger
from eradication.pipeline.main_path import found_workspace, record_visits

few = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
COLUMNS = "visit_id lon lat visited_at unit officers outcome area_m2 area_method destroyed_fraction".split()


def row(visit_id: str, day: str, unit: str, outcome: str, **more: object) -> dict[str, object]:
    place = {"lon": 104.8, "lat": 20.79, "visited_at": f"2026-{day}T02:00:00Z"}
    return {"visit_id": visit_id, "unit": unit, "officers": f"{unit}-1;{unit}-2", "outcome": outcome} | place | more


FOUND = row("1", "01-10", "A", "detected", area_m2=300, area_method="tape")
DESTROYED = row("2", "01-11", "A", "eradicated", destroyed_fraction=1)
CHECKED = row("3", "02-10", "B", "verified")
REGROWN = row("4", "03-01", "A", "regrown", area_m2=80)
DESTROYED_BY_THE_CHECKER = row("5", "03-05", "B", "eradicated", destroyed_fraction=1)
STORY = (FOUND, DESTROYED, CHECKED, REGROWN, DESTROYED_BY_THE_CHECKER)


def write(table: Path, rows) -> None:
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def imported(folder: Path, rows) -> tuple[list[tuple[str, str]], tuple[int, ...], int]:
    """Hand each row in as a table of its own; return the answers, the ledger's areas and what had no effect."""
    answers = []
    with created(folder / "workspace", settings_for("Sơn La")) as workspace:
        found_workspace(workspace)
        for number, fields in enumerate(rows):
            table = folder / f"{number}.csv"
            write(table, [fields])
            (answer,) = record_visits(workspace, table)["visits"]
            answers.append((answer["status"], answer["reason"]))
        told = ledger(workspace, Question(Season(2025)))
    areas = tuple(told["total"][name] for name in ("detected_m2", "claimed_m2", "verified_m2", "remaining_m2"))
    return answers, areas, len(told["findings"])


@pytest.mark.parametrize(
    "order",
    [
        (0, 1, 2, 3, 4),
        (2, 4, 0, 3, 1),
        pytest.param((0, 1, 3, 4, 2), marks=pytest.mark.slow),
        pytest.param((4, 3, 2, 1, 0), marks=pytest.mark.slow),
    ],
)
def test_who_verified_in_february_may_destroy_in_march_whatever_arrives_first(tmp_path, order):
    answers, areas, findings = imported(tmp_path, [STORY[i] for i in order])
    assert [status for status, _ in answers] == ["accepted"] * 5
    assert (areas, findings) == ((300, 300, 220, 80), 0)


def test_who_destroyed_in_march_may_not_verify_in_april(tmp_path):
    answers, areas, _ = imported(tmp_path, [*STORY, row("6", "04-01", "B", "verified")])
    assert answers[-1] == ("refused", "verifier_not_independent")
    assert areas == (300, 300, 220, 80)


def test_the_ledger_of_a_year_ends_with_the_year(tmp_path):
    with created(tmp_path / "workspace", settings_for("Sơn La")) as workspace:
        found_workspace(workspace)
        rows = [FOUND | {"visited_at": "2025-12-10T02:00:00Z"}, *STORY[1:]]
        write(tmp_path / "visits.csv", rows)
        record_visits(workspace, tmp_path / "visits.csv")
        old, new = (ledger(workspace, Question(None, year=year)) for year in (2025, 2026))
    assert [old["total"][name] for name in ("detected_m2", "claimed_m2", "verified_m2")] == [300, 0, 0]
    assert [new["total"][name] for name in ("detected_m2", "carried_in_m2", "carried_out_m2")] == [0, 300, 80]


def test_a_moment_of_the_past_is_told_as_it_is_known_today():
    world = World().visit("detected").wait(5)
    then = world.clock
    world.wait(5).visit("eradicated").wait(5).visit("detected", visit_id="late", area_m2=320.0, visited_at=START)
    told = history.replay(world.events, as_of=world.clock, locate=locate, settings=SETTINGS, happened_until=then)
    (episode,) = told.episodes
    assert (str(episode.state), episode.detected_m2, told.as_of) == ("detected", 320, then)
    assert [row.outcome.value for row in told.recorded] == ["detected", "detected"]
    assert world.only.claimed_m2 > 0


def test_a_season_that_was_not_over_then_had_no_expired_candidates():
    world = World().candidate("a").wait(300)
    told = history.replay(
        world.events, as_of=world.clock, locate=locate, settings=SETTINGS, happened_until=START.replace(month=3)
    )
    assert [str(episode.state) for episode in told.episodes] == ["candidate"]
    assert world.states == ["expired"]


@pytest.mark.slow
@few
@given(seasons(origins=2, most=10))
def test_a_row_is_refused_only_if_the_replay_gives_it_no_effect_for_the_same_reason(events):
    def told_until(moment):
        return history.replay(
            events, as_of=START.replace(year=2028), locate=locate, settings=SETTINGS, happened_until=moment
        )

    told = told_until(None)
    breaches = {f.what for f in told.findings if f.reason == NOT_INDEPENDENT}
    for known in told.recorded:
        episode = told_until(known.visited_at).episode(known.plot_id, Season.of(known.visited_at))
        reason = history.check_visit(known, episode) if episode else None
        assert (reason == NOT_INDEPENDENT) == ("/".join(known.key) in breaches)


def test_the_check_speaks_of_verifications_only():
    episode = World().visit("detected").visit("eradicated").only
    assert history.check_visit(visit("eradicated", unit="BP-1"), episode) is None
