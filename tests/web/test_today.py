"""The list a patrol takes along tells what became of a place, on simulated ground of a season that is over too."""

from datetime import UTC, datetime

import pytest
from web import world
from web.world import A, World

from eradication.pipeline import main_path


@pytest.mark.parametrize(("outcome", "area", "listed"), [("rejected", "", False), ("detected", "300", True)])
def test_what_was_visited_since_stands_on_the_list_as_it_was_found(fresh: World, tmp_path, outcome, area, listed):
    fresh.clock.now = datetime(2026, 11, 20, 2, tzinfo=UTC)  # of the season after that of the simulated ground
    plot, client = fresh.plots["candidate_A"], fresh.client("patrol_a")
    before = {stop["plot_id"]: stop for stop in client.get("/api/phone/today").json()["stops"]}
    assert plot in before
    method = "tape" if area else ""
    row = (
        f'"v9",{before[plot]["lon"]},{before[plot]["lat"]},2026-11-19T08:00+07:00,{A},a;b,{outcome},{area},{method},\n'
    )
    (tmp_path / "visits.csv").write_text(world.VISITS + row)
    (told,) = main_path.record_visits(fresh.workspace, tmp_path / "visits.csv")["visits"]
    assert told["status"] == "accepted"
    after = {stop["plot_id"]: stop for stop in client.get("/api/phone/today").json()["stops"]}
    assert (plot in after) == listed
    if listed:
        assert (after[plot]["state"], after[plot]["selection_mode"]) == ("detected", "follow_up")
    assert before.keys() - after.keys() <= {plot}
