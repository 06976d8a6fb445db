"""What people read of a plan's day, of its m² that are assumed, of a veto and of a plan nobody walked."""

import pytest

from eradication.cli import plans_text, plans_walked_text
from eradication.cli.shell import Shell

ABOUT = {"about": "About.", "caution": "Caution.", "simulated": True}


@pytest.fixture
def say(capsys):
    def said(write, answer):
        write(Shell(language="en"), answer)
        return " ".join(capsys.readouterr().out.split())

    return said


def worth(expected, assumed, *bases):
    stops = [{"kind": "plot", "basis": basis} for basis in bases]
    told = {"stops": stops, "search_m": 0, "length_m": 0, "expected_m2": expected, "assumed_m2": assumed}
    return told | {"surface": None, "learned": {}}


def test_m2_that_are_all_assumed_are_said_to_be_all(say):
    whole = say(plans_text._worth, worth(0.3, 0.3, "assumed", "assumed"))
    assert "< 1 m²" in whole
    assert "All of these m² are assumed." in whole
    assert "0 m² of it" not in whole
    part = say(plans_text._worth, worth(30.0, 0.4, "assumed", "visits"))
    assert "< 1 m² of it are assumed." in part
    assert "All of these" not in part


def test_a_veto_names_the_plot_as_the_sheet_does(say):
    plot = {"plan": "ab12", "stop": "P-0da9", "code": "VH-26-022", "simulated": False}
    assert say(plans_text.vetoed, plot).startswith("Stop VH-26-022 of plan ab12")
    assert say(plans_text.vetoed, plot | {"stop": "470000_2300000", "code": ""}).startswith("Stop 470000_2300000")


@pytest.mark.parametrize("hidden", [True, False])
def test_why_the_stops_of_an_expired_plan_are_not_told(say, hidden):
    figures = {"km": 1.0, "search_km": 0.0, "all_km": 1.0, "hours": 3.0, "planned_hours": 2.5, "stops": 1}
    figures |= {"planned_p": 0.0, "walked_p": 0.0}
    names = {"code": "VH-26-022", "kind": "plot", "plot": "P-0da9"}
    stop = names | {"order": 1, "reached": False, "reason": "not_reached", "planned_p": None, "walked_p": None}
    answer = {"unit": "BP01", "why": "no_track", "planned": figures, "walked": figures, "written": [], **ABOUT}
    said = say(plans_walked_text.walked, answer | {"hidden": hidden, "stops": [] if hidden else [stop]})
    assert ("It has expired and no walk of it is on record" in said) == hidden
    assert ("Reached" in said) == (not hidden)


@pytest.mark.parametrize(("past", "simulated"), [(True, True), (False, True), (True, False)])
def test_that_a_simulated_plan_is_of_a_past_day_is_told(say, past, simulated):
    answer = ABOUT | {"routes": [], "left_out": {}, "written": [], "day": "2026-02-12"}
    said = say(plans_text.plan, answer | {"past_day": past, "simulated": simulated})
    assert ("2026-02-12 is past" in said) == (past and simulated)
