"""Fine images read by two people: what is taken, what the second one is shown, and what comes of it."""

import dataclasses
import json
from datetime import date

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box, mapping

from eradication import geo
from eradication.domain import EventKind, Season
from eradication.domain.codes import ReadVerdict
from eradication.errors import RefusedInput, UnusableInput
from eradication.pipeline import (
    clearing,
    main_path,
    plot_answers,
    projection,
    read_layers,
    reading,
    rereading,
    reviewing,
)
from eradication.pipeline.reading import Reader
from eradication.store import audit as chain

EAST, NORTH = 484_800.0, 2_299_300.0
ONE, TWO = Reader("gs-01", "UAV1"), Reader("gs-02", "UAV2")
POPPY, NOT, UNSURE = ReadVerdict.OPIUM_POPPY, ReadVerdict.NOT, ReadVerdict.CANNOT_TELL


def layer(workspace, folder, pixel_m=0.1, name="uav", *, hole=False, day=date(2026, 2, 20)):
    """Keep a mosaic of 100 m; with a hole, its eastern half shows nothing."""
    size = round(100 / pixel_m)
    image = np.full((1, size, size), 90, np.uint8)
    image[:, :, size // 2 :] = 0 if hole else 120
    place = {"crs": "EPSG:32648", "transform": Affine(pixel_m, 0, EAST, 0, -pixel_m, NORTH), "nodata": 0}
    path = folder / f"{name}.tif"
    with rasterio.open(path, "w", driver="GTiff", height=size, width=size, count=1, dtype="uint8", **place) as file:
        file.write(image)
    told = reviewing.keep(workspace, [path], str, day=day, detector="none")
    assert told["layers"][0]["status"] == "kept", told
    return name


def drawn(folder, *boxes, **properties):
    """A file of boxes in metres from the layer's upper left corner."""
    features = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": mapping(geo.project(box(EAST + w, NORTH - s, EAST + e, NORTH - n), geo.UTM48, geo.WGS84)),
        }
        for w, n, e, s in boxes
    ]
    path = folder / "drawn.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


PLOT = (10, 10, 30, 25)


def propose(workspace, folder, *boxes, **properties):
    return reading.propose(workspace, "uav", drawn(folder, *boxes, **properties), ONE, str)


def test_two_readers_make_a_detection_that_anybody_can_recompute(office, tmp_path):
    layer(office, tmp_path)
    [row] = propose(office, tmp_path, PLOT)["readings"]
    assert (row["status"], row["area_m2"]) == ("accepted", pytest.approx(300, abs=1))
    told = reading.confirm(office, row["id"], TWO, POPPY, drawn(tmp_path, (10, 10, 30, 20)))
    assert (told["result"], told["state"], told["area_method"]) == ("agreed", "detected", "uav")
    assert told["area_m2"] == pytest.approx(250, abs=1)
    [episode] = projection.replayed(office).episodes
    assert (episode.season, episode.unit, episode.detected_m2) == (Season(2025), "UAV1", 250)
    assert {"officer:gs-01", "officer:gs-02", "unit:uav1", "unit:uav2"} <= set(episode.parties)
    assert all(origin.ok for origin in chain.verify(office.store))


def test_the_second_reader_is_shown_nothing_of_the_first(office, tmp_path):
    layer(office, tmp_path)
    [row] = propose(office, tmp_path, PLOT, verdict="not")["readings"]
    assert reading.waiting(office, " GS-01 ")["readings"] == []
    [shown] = reading.waiting(office, "gs-02")["readings"]
    assert set(shown) == {"id", "taken_at", "layer", "window", "layer_here"}
    assert (shown["id"], shown["layer_here"]) == (row["id"], True)
    reading.confirm(office, row["id"], TWO, NOT)
    second = office.store.events(kinds=[EventKind.IMAGE_READ])[-1].payload
    assert (second["blind"], second["shown"]["window"]) == (True, shown["window"])
    assert reading.waiting(office, "gs-03")["readings"] == []
    assert projection.replayed(office).episodes == []


def test_readers_who_disagree_leave_it_to_be_checked_on_site(office, tmp_path):
    layer(office, tmp_path)
    [row] = propose(office, tmp_path, PLOT)["readings"]
    told = reading.confirm(office, row["id"], TWO, NOT)
    assert (told["result"], told["state"] in ("candidate", "expired")) == ("readers_disagree", True)


@given(st.tuples(*[st.floats(5, 90)] * 2), st.tuples(*[st.floats(2, 50)] * 2))
def test_the_square_holds_the_place(corner, size):
    plain = box(EAST + corner[0], NORTH - corner[1] - size[1], EAST + corner[0] + size[0], NORTH - corner[1])
    window = geo.project(read_layers.window(geo.project(plain, geo.UTM48, geo.WGS84)), geo.WGS84, geo.UTM48)
    assert window.buffer(0.05).covers(plain)
    assert window.area >= 59.9**2


def test_where_in_the_square_a_place_lies_is_as_good_as_random():
    shares = []
    for n in range(300):
        plain = box(EAST + n, NORTH - 10, EAST + n + 10, NORTH)
        west, south, east, north = geo.project(
            read_layers.window(geo.project(plain, geo.UTM48, geo.WGS84)), geo.WGS84, geo.UTM48
        ).bounds
        shares.append(((EAST + n - west) / (east - west - 10), (NORTH - 10 - south) / (north - south - 10)))
    # Uniform between 0 and 1: mean 0.5, deviation 0.289.
    assert np.mean(shares, axis=0) == pytest.approx([0.5, 0.5], abs=0.06)
    assert np.std(shares, axis=0) == pytest.approx([0.289, 0.289], abs=0.04)


def test_a_layer_too_coarse_to_show_plants_is_not_read(office, tmp_path):
    layer(office, tmp_path, pixel_m=0.2)
    with pytest.raises(RefusedInput) as refused:
        propose(office, tmp_path, PLOT)
    assert refused.value.kind == "too_coarse"


@pytest.mark.parametrize(("where", "hole"), [((90, 10, 110, 20), False), ((60, 10, 80, 20), True)])
def test_an_outline_beside_what_the_layer_shows_is_refused_and_the_others_go_on(office, tmp_path, where, hole):
    layer(office, tmp_path, hole=hole)
    told = propose(office, tmp_path, where, PLOT)["readings"]
    assert [(row["status"], row["reason"]) for row in told] == [("refused", "off_layer"), ("accepted", "")]


@pytest.mark.slow
def test_a_line_that_crosses_itself_and_an_unknown_verdict_are_refused(office, tmp_path):
    layer(office, tmp_path)
    assert propose(office, tmp_path, PLOT, verdict="perhaps")["readings"][0]["reason"] == "unknown_code"
    assert propose(office, tmp_path, PLOT, verdict="cannot_tell")["readings"][0]["reason"] == "no_verdict"
    path = drawn(tmp_path, PLOT)
    document = json.loads(path.read_text())
    ring = document["features"][0]["geometry"]["coordinates"][0]
    document["features"][0]["geometry"]["coordinates"] = [[ring[0], ring[2], ring[1], ring[3], ring[0]]]
    path.write_text(json.dumps(document))
    assert reading.propose(office, "uav", path, ONE, str)["readings"][0]["reason"] == "bad_outline"


def test_the_same_drawing_again_is_one_reading(office, tmp_path):
    layer(office, tmp_path)
    first, again = (propose(office, tmp_path, PLOT)["readings"][0] for _ in range(2))
    assert (again["status"], again["id"], again["plot"]) == ("duplicate", first["id"], first["plot"])
    assert len(office.store.events(kinds=[EventKind.IMAGE_READ])) == 1


def test_who_may_not_read_is_told_why(office, tmp_path):
    layer(office, tmp_path)
    [row] = propose(office, tmp_path, PLOT)["readings"]
    name = row["id"]

    def kind(*arguments):
        with pytest.raises((RefusedInput, UnusableInput)) as told:
            reading.confirm(office, *arguments)
        return told.value.kind

    assert kind(name, Reader("GS-01 ", "OTHER"), POPPY) == "same_reviewer"
    assert kind("R-000000000000", TWO, POPPY) == "no_such_reading"
    assert reading.confirm(office, name, TWO, UNSURE)["result"] == "cannot_tell"
    assert kind(name, TWO, POPPY) == "already_read"
    three = dataclasses.replace(TWO, reviewer="gs-03")
    assert reading.confirm(office, name, three, POPPY)["result"] == "agreed"
    assert kind(name, dataclasses.replace(TWO, reviewer="gs-04"), NOT) == "already_read"
    with pytest.raises(UnusableInput):
        Reader(" ", "UAV1")


def test_another_image_under_the_same_name_is_not_what_was_read(office, tmp_path):
    layer(office, tmp_path)
    [row] = propose(office, tmp_path, PLOT)["readings"]
    layer(office, tmp_path, pixel_m=0.08)
    assert reading.waiting(office, "gs-02")["readings"][0]["layer_here"] is False
    with pytest.raises(RefusedInput) as refused:
        reading.confirm(office, row["id"], TWO, POPPY)
    assert refused.value.kind == "layer_differs"


@pytest.mark.slow
def test_a_reading_joins_the_plot_that_is_known_there(office, tmp_path):
    layer(office, tmp_path)
    [row] = propose(office, tmp_path, PLOT)["readings"]
    reading.confirm(office, row["id"], TWO, POPPY)
    [again] = propose(office, tmp_path, (11, 10, 30, 25))["readings"]
    assert (again["status"], again["plot"]) == ("accepted", row["plot"])
    assert shapely.area(projection.replayed(office).plots[0].geometry) > 0


def test_an_image_taken_after_a_destruction_verifies_it(office, tmp_path):
    layer(office, tmp_path)
    [row] = propose(office, tmp_path, PLOT)["readings"]
    plot = reading.confirm(office, row["id"], TWO, POPPY)["plot"]
    three = Reader("gs-03", "UAV3")
    with pytest.raises(RefusedInput) as refused:
        clearing.clear(office, plot, "uav", three)
    assert refused.value.kind == "nothing_destroyed"
    table = tmp_path / "visits.csv"
    words = "visit_id,plot_id,visited_at,unit,officers,outcome,destroyed_fraction\n"
    table.write_text(words + f"v1,{plot},2026-02-21T08:00+07:00,BP01,S1;S2,eradicated,1\n")
    assert main_path.record_visits(office, table)["visits"][0]["status"] == "accepted"
    layer(office, tmp_path, name="after", day=date(2026, 3, 10))
    with pytest.raises(RefusedInput) as refused:
        clearing.clear(office, plot, "after", Reader("gs-09", "uav2"))
    assert refused.value.kind == "verifier_not_independent"
    told = clearing.clear(office, plot, "after", three)
    assert (told["status"], told["state"], told["verified_m2"]) == ("accepted", "verified", 300)
    assert clearing.clear(office, plot, "after", three)["status"] == "duplicate"
    assert reading.waiting(office, "gs-07")["readings"] == []


def refused(act, *arguments):
    with pytest.raises((RefusedInput, UnusableInput)) as told:
        act(*arguments)
    return told.value.kind


def listed(office):
    return [(row["id"], row["state"], row["area_m2"]) for row in plot_answers.plots(office)["plots"]]


@pytest.mark.slow
def test_a_first_reader_corrects_his_outline_and_the_second_looks_again_unknowing(office, tmp_path):
    layer(office, tmp_path)
    [row] = propose(office, tmp_path, PLOT)["readings"]
    reading.confirm(office, row["id"], TWO, POPPY)
    smaller = drawn(tmp_path, (10, 10, 20, 25))
    told = rereading.correct(office, row["id"], smaller, ONE, "the eastern half is mustard")
    assert (told["instead_of"], told["plot"], told["state"] == "detected") == (row["id"], row["plot"], False)
    [(plot, _, area)] = listed(office)
    assert (plot, area) == (row["plot"], pytest.approx(150, abs=1))
    assert refused(reading.confirm, office, row["id"], TWO, POPPY) == "reading_corrected"
    [shown] = reading.waiting(office, "gs-02")["readings"]
    assert set(shown) == {"id", "taken_at", "layer", "window", "layer_here"}
    assert shown["id"] == told["id"]
    again = reading.confirm(office, told["id"], TWO, POPPY)
    assert (again["state"], again["area_m2"]) == ("detected", pytest.approx(150, abs=1))
    assert listed(office) == [(plot, "detected", pytest.approx(150, abs=1))]
    # Back to the first drawing: a version of its own, which nobody has confirmed.
    back = rereading.correct(office, told["id"], drawn(tmp_path, PLOT), ONE, "it was all poppy")
    assert back["id"] not in (row["id"], told["id"])
    assert [one["id"] for one in reading.waiting(office, "gs-02")["readings"]] == [back["id"]]
    assert len(office.store.events(kinds=[EventKind.IMAGE_READ])) == 5
    assert all(origin.ok for origin in chain.verify(office.store))


@pytest.mark.slow
def test_what_cannot_be_corrected_is_said(office, tmp_path):
    layer(office, tmp_path)
    [row] = propose(office, tmp_path, PLOT)["readings"]
    name, other = row["id"], (12, 10, 30, 25)
    assert refused(rereading.correct, office, name, drawn(tmp_path, other), TWO, "x") == "not_your_reading"
    assert refused(rereading.correct, office, name, drawn(tmp_path, other), ONE, " ") == "no_reason"
    assert refused(rereading.correct, office, name, drawn(tmp_path, PLOT), ONE, "x") == "same_content"
    assert refused(rereading.correct, office, "R-0", drawn(tmp_path, other), ONE, "x") == "no_such_reading"
    assert refused(rereading.correct, office, name, drawn(tmp_path, (80, 80, 90, 90)), ONE, "x") == "another_place"
    assert refused(rereading.correct, office, name, drawn(tmp_path, other, other), ONE, "x") == "bad_outline"
    assert len(office.store.events(kinds=[EventKind.IMAGE_READ])) == 1
    layer(office, tmp_path, pixel_m=0.08)
    assert refused(rereading.correct, office, name, drawn(tmp_path, other), ONE, "x") == "layer_differs"


def test_readers_withdraw_what_they_said_and_no_more(office, tmp_path):
    layer(office, tmp_path)
    [row] = propose(office, tmp_path, PLOT)["readings"]
    name = row["id"]
    assert reading.confirm(office, name, TWO, NOT)["result"] == "readers_disagree"
    assert refused(rereading.withdraw, office, name, "gs-03", "x") == "not_your_reading"
    assert rereading.withdraw(office, name, "GS-02", "looked at the wrong square")["withdrawn"] == "confirmed"
    # He knows what came of it: another person reads.
    assert reading.waiting(office, "gs-02")["readings"] == []
    assert refused(reading.confirm, office, name, TWO, POPPY) == "already_read"
    assert reading.confirm(office, name, Reader("gs-03", "UAV2"), POPPY)["result"] == "agreed"
    told = rereading.withdraw(office, name, "gs-01", "a demonstration field")
    assert (told["withdrawn"], told["plot"], told["state"]) == ("proposed", "", "")
    assert (listed(office), projection.replayed(office).episodes) == ([], [])
    assert refused(rereading.withdraw, office, name, "gs-01", "x") == "no_such_reading"
    assert propose(office, tmp_path, PLOT)["readings"][0]["status"] == "accepted"
    assert [one["id"] for one in reading.waiting(office, "gs-03")["readings"]] == [name]
