"""The history of one plot from the events that have to do with it is what a replay of everything tells of it."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from pipeline.test_kept import COMMUNES, add, arrivals
from rounds import rounds
from web import world
from worlds import SETTINGS, START

from eradication.domain import Event, EventKind
from eradication.pipeline import one_plot, plot_answers, projection
from eradication.pipeline.workspace import Workspace
from eradication.store.memory import MemoryStore


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("one")


@settings(max_examples=rounds(300, 25), suppress_health_check=list(HealthCheck))
@given(arrivals())
def test_a_part_tells_of_a_plot_what_the_whole_does(folder: Path, pieces: list[list[Event]]):
    everything = [event for piece in pieces for event in piece]
    now = max((e.recorded_at for e in everything), default=START) + timedelta(seconds=1)
    with MemoryStore() as store:
        workspace = Workspace(folder, SETTINGS, store)
        with store.transaction() as transaction:
            transaction.add_units(COMMUNES, [])
        add(store, everything)
        with store.transaction() as transaction:
            projection.refresh(workspace, transaction, now)
        whole = projection.replayed(workspace, as_of=now)
        for plot in whole.plots:
            found = one_plot.part(workspace, plot.id, now)
            if found is None:
                continue
            mine = [one for one in found.told.episodes if one.plot.id == plot.id]
            assert mine == [one for one in whole.episodes if one.plot.id == plot.id]
            assert {f for f in found.told.findings if f.plot_id == plot.id} == {
                f for f in whole.findings if f.plot_id == plot.id
            }
            names = {plot.id, *plot.aliases}
            assert plot_answers.events_about(found.events, names) == plot_answers.events_about(
                store.events(kinds=sorted(set(EventKind) - {EventKind.PLOTS_VIEWED, EventKind.EXPORTED})), names
            )


def test_the_page_of_a_plot_reads_no_event_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with world.built(tmp_path) as here:
        workspace = here.workspace
        wanted = [here.plots[name] for name in ("found_A", "candidate_A", "open_B")]
        slow = []
        with monkeypatch.context() as patched:
            patched.setattr(one_plot, "part", lambda *_: None)
            slow = [plot_answers.plot(workspace, plot) for plot in wanted]
        for plot, whole in zip(wanted, slow, strict=True):
            found = one_plot.part(workspace, plot)
            assert found is not None, plot
            assert len(found.events) < len(workspace.store.events())
            assert plot_answers.plot(workspace, plot) == whole
            assert plot_answers.plot(workspace, whole["code"]) == whole
        assert one_plot.part(workspace, "nothing") is None
        assert one_plot.part(workspace, "") is None
