"""The desk and ODK over the whole application: what is dropped on the page or sent by Collect is receipted."""

import re
import uuid as ids

import filled_forms
import handset
from web import world

from eradication.pipeline.reception import worker

UUID = "6d0f2f3c-55a1-4c6e-9c52-0d5f3b1f7a10"


def test_a_file_dropped_at_the_desk_is_receipted_under_the_pages_number(fresh):
    client = fresh.client("patrol_a")
    page = client.get("/desk")
    assert page.status_code == 200
    walk = world.gpx(world.A, fresh.clock.now, shift_m=11.0)
    answer = client.post(f"/desk?uuid={UUID}", files={"file": ("10-02.gpx", walk, "application/gpx+xml")})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/hand-ins/{UUID}")
    told = client.get(f"/api/hand-ins/{UUID}").json()
    assert told["state"] == "received"
    assert told["receipt"]["number"] in client.get(f"/hand-ins/{UUID}").text


def test_T4_an_administrator_sees_both_contents_of_one_number_and_nothing_that_is_in_them(fresh):
    client = fresh.client("patrol_a")
    for shift_m in (11.0, 22.0):
        walk = world.gpx(world.A, fresh.clock.now, shift_m=shift_m)
        client.post(f"/desk?uuid={UUID}", files={"file": ("10-02.gpx", walk, "application/gpx+xml")})
    page, apart = (fresh.client("administrator").get(f"/hand-ins{query}").text for query in ("", "?only=conflict"))
    assert page.count(UUID) == 2
    assert apart.count(UUID) == 1
    assert "patrol_a" in page
    assert "10-02" not in page
    assert fresh.client("reviewer").get("/hand-ins").status_code == 403


def test_a_sheet_of_paper_is_receipted_and_one_of_no_known_form_is_shown_again(fresh):
    client = fresh.client("patrol_a")
    typed = {"uuid": UUID, "unit": world.A, "officers": "CB012", "outcome": "rejected", "place": "20.8 104.7"}
    answer = client.post("/paper", data={"form": "eradication_visit"} | typed)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/hand-ins/{UUID}")
    assert client.get(f"/api/hand-ins/{UUID}").json()["state"] == "received"
    wrong = client.post("/paper", data={"form": "none", "uuid": str(ids.uuid4())})
    assert 400 <= wrong.status_code < 500
    assert 'role="alert"' in wrong.text


def test_a_sheet_of_paper_stars_what_is_always_asked_and_does_not_send_its_reader_to_the_field(fresh):
    sheet = fresh.client("patrol_a").get("/paper?form=eradication_visit&lang=vi").text
    stars = re.findall(r'<label for="q-(\w+)">[^\n]*data-terms=[^>]*?( hidden)?>\*', sheet)
    assert {("unit", ""), ("plot_text", " hidden")} <= set(stars)
    assert "chờ sai số" not in sheet


def test_ODK_Collect_hands_in_a_filled_form_with_its_device(fresh):
    client = fresh.client("patrol_a", device=["submit"])
    form = filled_forms.instance("visit", filled_forms.FOUND)
    sent = {"xml_submission_file": ("visit.xml", form, "text/xml")}
    answer = client.post("/openrosa/submission", files=sent, headers={"X-OpenRosa-Version": "1.0"})
    assert answer.status_code in (201, 202), answer.text
    assert [one["state"] for one in client.get("/api/hand-ins").json()["hand_ins"]] == ["received"]


def test_T17_the_export_of_a_telephone_is_handed_in_at_the_desk_record_by_record(fresh, tmp_path):
    me = fresh.people["patrol_a"]
    said = {"person": me.person_id, "unit": me.unit}
    walks = [handset.record(fresh.place, "track", said, {"track-0001.csv": walked(east)}) for east in (0.0, 0.01)]
    bundle = handset.bundle(walks, tmp_path / "export.zip")
    client = fresh.client("patrol_a")
    page = client.post(f"/desk?uuid={UUID}", files={"file": ("export.zip", bundle.read_bytes(), "application/zip")})
    assert page.status_code == 200
    worker.empty(fresh.place)
    for walk in walks:
        told = client.get(f"/api/hand-ins/{walk.uuid}").json()
        assert (told["channel"], told["state"]) == ("bundle", "recorded")
        assert told["number"] in page.text
    again = client.post(f"/desk?uuid={UUID}", files={"file": ("export.zip", bundle.read_bytes(), "application/zip")})
    assert client.get(f"/api/hand-ins/{walks[0].uuid}").json()["number"] in again.text
    assert len(client.get("/api/hand-ins").json()["hand_ins"]) == 2


def test_an_export_and_a_track_dropped_together_are_both_taken(fresh, tmp_path):
    me = fresh.people["patrol_a"]
    sealed = handset.record(fresh.place, "track", {"person": me.person_id, "unit": me.unit}, {"t.csv": walked(0.0)})
    bundle = handset.bundle([sealed], tmp_path / "export.zip").read_bytes()
    gpx = world.gpx(world.A, fresh.clock.now, shift_m=11.0)
    client = fresh.client("patrol_a")
    files = [("file", ("export.zip", bundle, "application/zip")), ("file", ("a.gpx", gpx, "application/gpx+xml"))]
    assert client.post(f"/desk?uuid={UUID}", files=files).status_code == 200
    assert {one["uuid"] for one in client.get("/api/hand-ins").json()["hand_ins"]} == {UUID, sealed.uuid}


def walked(east: float) -> bytes:
    rows = (f"2026-02-10T01:00:{i:02}Z,{104.7 + east + i * 2e-5:.6f},20.8,4.5,900,1.2\n" for i in range(60))
    return ("time,lon,lat,accuracy,altitude,speed\n" + "".join(rows)).encode()


def test_why_something_was_refused_is_told_to_programs_in_whole_sentences_of_the_callers_language(fresh):
    client = fresh.client("patrol_a")
    client.post(f"/desk?uuid={UUID}", files={"file": ("odd.gpx", "<gpx", "application/gpx+xml")})
    worker.empty(fresh.place)
    (english,) = client.get(f"/api/hand-ins/{UUID}?lang=en").json()["answer"]["reasons"]
    (listed,) = client.get("/api/hand-ins?lang=vi").json()["hand_ins"]
    (vietnamese,) = listed["answer"]["reasons"]
    assert english["kind"] == vietnamese["kind"]
    assert english["message"] != vietnamese["message"]
    assert not any("{" in text for one in (english, vietnamese) for text in one.values())
    assert english["where"].startswith("odd.gpx")


def test_a_walk_handed_in_a_second_time_is_told_to_be_known(fresh):
    client = fresh.client("patrol_a")
    gpx = world.gpx(world.A, fresh.clock.now, shift_m=11.0)
    for uuid in (UUID, str(ids.uuid4())):
        client.post(f"/desk?uuid={uuid}", files={"file": ("10-02.gpx", gpx, "application/gpx+xml")})
        worker.empty(fresh.place)
    told = [client.get(f"/hand-ins/{one}?lang=en").text for one in (UUID, uuid)]
    assert ["was on record before" in page for page in told] == [False, True]
