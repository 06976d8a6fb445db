"""A row held against the plots it may speak of finds the same one as held against all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rounds import rounds
from strategies import SITES, seasons
from worlds import HERE, LATER, SETTINGS, START, World, east, locate, visit

from eradication import history
from eradication.domain import Event
from eradication.pipeline.known_plots import KnownPlots


@pytest.mark.slow
@settings(max_examples=25)
@given(seasons(origins=3), st.data())
def test_a_visit_finds_the_same_plot_among_those_it_may_mean_as_among_all(events: list[Event], data: st.DataObject):
    same_plot_is_found(events, data)


@pytest.mark.long
@pytest.mark.slow
@settings(max_examples=rounds(200, 60))
@given(seasons(origins=3), st.data())
def test_a_visit_finds_the_same_plot_in_many_more_histories(events: list[Event], data: st.DataObject):
    same_plot_is_found(events, data)


def same_plot_is_found(events: list[Event], data: st.DataObject) -> None:
    plots = history.replay(events, as_of=START.replace(year=2030), locate=locate, settings=SETTINGS).plots
    half = len(plots) // 2
    known = KnownPlots(plots[:half], SETTINGS)
    known.add(plots[half:])
    names = ["P-unknown", "", *(n for plot in plots for n in (plot.id, plot.code.lower(), *plot.aliases))]
    row = visit(
        "detected",
        data.draw(st.sampled_from([*SITES, east(200), None])),
        plot_id=data.draw(st.sampled_from(names)),
        area_m2=data.draw(st.sampled_from([20.0, 900.0, 40_000.0])),
    )
    assert sorted(known) == sorted(plot.id for plot in plots)
    assert history.place_visit(row, known.meant_by(row), SETTINGS) == history.place_visit(row, plots, SETTINGS)


def test_a_visit_is_not_held_against_plots_far_away():
    events = World().candidate("near", HERE).candidate("far", east(5_000)).events
    plots = history.replay(events, as_of=LATER, locate=locate, settings=SETTINGS).plots
    known = KnownPlots(plots, SETTINGS)
    (meant,) = known.meant_by(visit("detected", east(20)))
    assert meant.code == World().candidate("near", HERE).told().plots[0].code
    assert len(plots) == 2
