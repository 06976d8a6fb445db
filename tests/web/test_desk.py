"""The desk and ODK over the whole application: what is dropped on the page or sent by Collect is receipted."""

import re
import uuid as ids

import filled_forms
from web import world

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
