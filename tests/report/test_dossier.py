"""The dossier of a plot: one page that says all that is on record, and no more than that."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report import samples
from report.test_chips import chip

from eradication import geo
from eradication.domain import CountMethod, Crop, DestroyedBy, DestructionMethod, MinutesType, State
from eradication.i18n import translator
from eradication.report import chips, dossier, dossier_drawings, dossier_table
from eradication.report.chips import Pair, Side
from eradication.report.dossier import DossierView, Entry, Phase, Shot
from eradication.report.view import PlotRow

poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")
WHEN = datetime(2026, 2, 10, 3, 0, tzinfo=UTC)
CURVE = {"ndvi": [0.7, 0.5, 0.3, 0.6, 0.7, 0.5, 0.4, None, 0.35, 0.4]}


def row(state=State.ERADICATED, **changes):
    return PlotRow(samples.episode(3, state, **changes), "Xã Vân Hồ", simulated=True)


def entry(number=1, *, by_person=True, what="phát hiện"):
    when = WHEN + timedelta(days=number)
    return Entry(when, what, "BP01", f"{number:064x}", "may-1", number, by_person)


def pair(of):
    [(x, y)] = geo.transform([of.lonlat], geo.WGS84, 32648)
    grey = np.full((40, 40, 3), 90, np.uint8)
    one = chip(grey, west_m=x - 200, north_m=y + 200, simulated=True)
    return Pair(Side("before_destruction", one), Side("after_destruction", None, "none_later"))


def check(name, status, message):
    return {"check": name, "status": status, "code": "x", "message": message}


def view(language="vi", state=State.ERADICATED, **changes):
    of = row(state)
    results = [check("position", "ok", "nằm trong điểm"), check("form", "failed", "thiếu số biên bản")]
    told = DossierView(
        row=of,
        province="Sơn La",
        neighbours=[PlotRow(samples.episode(4, State.DETECTED, lon=104.7112), "")],
        communes=(samples.commune(west=104.712),),
        pair=pair(of),
        curve=CURVE,
        phases=[Phase(date(2025, 12, 15), date(2026, 4, 15), "có thể ra hoa")],
        phases_read=False,
        crop=Crop.OPIUM_POPPY,
        plants_by=CountMethod.QUADRAT,
        destroyed=(DestructionMethod.UPROOT, DestroyedBy.FORCE),
        minutes=[(MinutesType.DETECTION, "12/BB-VH"), (MinutesType.DESTRUCTION, "13/BB-VH")],
        checks=[{"visit": "BP01/1/eradicated", "eradicated_at": "2026-02-09T03:00:00.000000Z", "checks": results}],
        shots=[Shot("before", WHEN, "a" * 64, None), Shot("after", WHEN, "b" * 64, None)],
        with_photos=False,
        entries=[entry(n) for n in range(1, 4)],
        elsewhere=0,
        told_until=WHEN,
        scale=5000,
        simulated=True,
        language=language,
        translate=translator(language),
    )
    return replace(told, **changes)


def read(tmp_path, told):
    file = tmp_path / "dossier.pdf"
    file.write_bytes(dossier.render(told))
    pages = subprocess.run(["pdftotext", "-layout", file, "-"], check=True, capture_output=True, text=True).stdout
    assert pages.count("\f") == 1, "one page"
    return " ".join(pages.split())


@poppler
def test_the_page_says_what_is_on_record(tmp_path):
    said = read(tmp_path, view())
    told = row()
    east, north = told.vn2000
    for part in (
        *("VH-25-003", "Xã Vân Hồ", "2025-2026", "ĐÃ TRIỆT PHÁ", "thuốc phiện", "thước dây", "SIMULATED"),
        *("720 ± 71 m² (95 %), thước dây", "10.800 (ô mẫu)"),
        *("12/BB-VH (phát hiện)", "13/BB-VH (tiêu hủy)", "nhổ, lực lượng chức năng"),
        *("EPSG:9206", f"{north:,.1f}".replace(",", " "), f"{east:,.1f}".replace(",", " ")),
        *("✗ thiếu số biên bản", "07/01/2026", "Sentinel-2A", "không quy trách nhiệm cho ai"),
        *("000000000000", "may-1, 1", "11/02/2026", "BP01"),
    ):
        assert part in said, part
    assert "nằm trong điểm" not in said, "what passed is a sign alone"
    assert "chưa kết luận" not in said


@poppler
@pytest.mark.parametrize("state", [State.CANDIDATE, State.EXPIRED])
def test_what_nobody_confirmed_is_to_be_checked_and_nothing_is_concluded(tmp_path, state):
    said = read(tmp_path, view(state=state, checks=[], shots=[], crop=None, plants_by=None, minutes=[]))
    assert "cần kiểm tra, chưa kết luận" in said
    assert "A?" in said or "ước tính" in said


@poppler
def test_more_events_than_fit_are_counted_and_the_page_says_where_they_are(tmp_path):
    entries = [entry(n, by_person=n % 4 != 0) for n in range(1, 81)]
    told = view("en", entries=entries, elsewhere=2)
    said = read(tmp_path, told)
    left = dossier.left_out(told)
    assert left > 20
    assert f"and {left + 2} more (other seasons: 2): `eradication plots show VH-25-003`" in said
    assert said.count("may-1, ") == 80 - left
    assert "may-1, 79 " in said, "the newest that a person did"


@given(st.lists(st.booleans(), max_size=40), st.integers(0, 30))
def test_what_people_did_gives_way_last_and_order_is_kept(by_person, room):
    entries = [entry(n, by_person=person) for n, person in enumerate(by_person)]
    kept = dossier_table.shown(entries, room)
    assert kept == sorted(kept, key=lambda e: e.happened_at)
    assert len(kept) == min(room, len(entries))
    lost = [e for e in entries if e not in kept]
    assert not (any(e.by_person for e in lost) and any(not e.by_person for e in kept))


@given(st.lists(st.sampled_from(["before", "after"]), max_size=9))
def test_photos_before_and_after_share_the_room(roles):
    shots = [Shot(role, WHEN, f"{n:064x}", None) for n, role in enumerate(roles)]
    kept = dossier_drawings.chosen(shots)
    assert len(kept) == min(len(shots), dossier_drawings.MOST_PHOTOS)
    assert {s.role for s in kept} == {s.role for s in shots}


@pytest.mark.slow
def test_the_same_records_give_the_same_bytes_without_a_date():
    one = dossier.render(view())
    assert one == dossier.render(view())
    assert b"CreationDate" not in one
    assert b"ModDate" not in one
    assert one != dossier.render(view(minutes=[]))


@poppler
def test_photos_are_counted_and_only_shown_if_they_are_there_to_be(tmp_path):
    shots = [Shot("before", WHEN, "a" * 64, np.full((30, 40, 3), 200, np.uint8)), Shot("after", WHEN, "b" * 64, None)]
    hidden = read(tmp_path, view("en", shots=[replace(shot, rgb=None) for shot in shots]))
    assert "1 before, 1 after" in hidden
    assert "faces may be on them" in hidden
    assert "SHA-256" not in hidden
    shown = read(tmp_path, view("en", shots=shots, with_photos=True))
    assert "SHA-256 aaaaaaaaaaaa" in shown
    assert "not on this computer, or cannot be read" in " ".join(shown.split())


@poppler
def test_without_images_the_page_says_so_instead_of_an_empty_picture(tmp_path):
    said = read(tmp_path, view("en", pair=chips.nothing("no_images"), curve={}))
    assert said.count("No image of this") == 2
    assert "None: no run proposed this place" in said
    assert "The season in images" not in read(tmp_path, view("en", curve=None))


@pytest.mark.slow
@poppler
@settings(max_examples=12, deadline=None)
@given(st.text(max_size=300))
def test_whatever_people_wrote_stays_text_on_one_page(tmp_path_factory, text):
    told = view("en", entries=[replace(entry(1, what=text), unit=text, origin=text)] * 3, minutes=[(None, text)] * 5)
    read(tmp_path_factory.mktemp("d"), replace(told, province=text, row=replace(told.row, commune=text)))


@pytest.mark.slow
def test_a_page_fits_however_much_there_is_to_say():
    for language in ("vi", "en"):
        many = view(
            language,
            entries=[entry(n) for n in range(200)],
            shots=[Shot("before", WHEN, f"{n:064x}", np.zeros((9, 9, 3), np.uint8)) for n in range(9)],
            with_photos=True,
            minutes=[(None, f"{n}/BB") for n in range(9)],
        )
        content = dossier.render(many)
        assert len(re.findall(rb"/Type\s*/Page\b", content)) == 1
