"""At the desk in a real browser: a file is dropped, a sheet of paper is typed in, and each is seen to be recorded."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.web import looking
from playwright.sync_api import Browser, Page, expect
from web import live, world
from web.world import World

from eradication.pipeline.reception import worker

DROP = """([name, content]) => {
  const given = new DataTransfer();
  given.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    const event = new DragEvent(kind, { dataTransfer: given, bubbles: true, cancelable: true });
    document.getElementById('drop').dispatchEvent(event);
  }
}"""


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[World]:
    with world.built(tmp_path / "world") as made:
        yield made


@pytest.fixture
def page(browser: Browser, fresh: World, tmp_path: Path) -> Iterator[Page]:
    look = looking.Look("vi", 1280, tmp_path, [], keys=False)
    with live.served(fresh.app) as server, looking.window(browser, fresh, server, "patrol_a", look) as context:
        page = context.new_page()
        page.goto(f"{server.url}/account?lang=vi")
        page.goto(f"{server.url}/desk")
        yield page


def test_a_dropped_track_is_receipted_and_its_receipt_accounts_for_every_point(page: Page, fresh: World):
    walk = world.gpx(world.A, fresh.clock.now.replace(hour=0), shift_m=11.0)
    page.evaluate(DROP, ["10-02.gpx", base64.b64encode(walk.encode()).decode()])
    expect(page.locator("#chosen")).to_have_text("10-02.gpx")
    page.get_by_role("button", name="Nộp", exact=True).click()
    page.wait_for_url("**/hand-ins/**")
    expect(page.locator("h1")).to_contain_text("Biên nhận R-2026-")
    expect(page.locator("#state")).to_contain_text("đã nhận")
    worker.empty(fresh.place)
    expect(page.locator("#state")).to_contain_text("đã ghi vào sổ")  # the page asks by itself
    rows = [row.inner_text().split("\t") for row in page.locator("section table tr").all()]
    told = {name.strip(): int(count) for name, count in rows}
    assert told["số điểm trong tệp"] == 12
    assert sum(count for name, count in told.items() if name != "số điểm trong tệp") == 12
    page.evaluate("document.querySelector('img.picture').decode()")  # it has come
    assert page.evaluate("document.querySelector('img.picture').naturalWidth") > 100
    expect(page.locator("dd").nth(2)).to_contain_text("01/03/2026 07:00")  # as the clock on the wall shows it
    page.goto(page.url.partition("/hand-ins/")[0] + "/desk")
    expect(page.locator("tbody .state.good")).to_have_count(1)


@pytest.mark.slow
def test_a_sheet_of_paper_is_typed_in_and_recorded(page: Page, fresh: World):
    before = len(fresh.workspace.store.layer("visits"))
    page.get_by_role("link", name="Nhập phiếu giấy").click()
    page.get_by_label("Mã số cán bộ có mặt").fill("CB012")
    page.get_by_label("Thời điểm kiểm tra").fill("2026-02-27T08:30")
    page.get_by_label("Vì sao đến đây").select_option("score")
    page.get_by_label("Kết quả").select_option("rejected")
    page.get_by_label("Thực tế là cây gì").select_option("mustard_greens")
    page.get_by_label("Vị trí").fill(" ".join(map(str, reversed(world.GROUND[world.A]))))
    page.get_by_role("button", name="Nộp", exact=True).click()
    page.wait_for_url("**/hand-ins/**")
    worker.empty(fresh.place)
    expect(page.locator("#state")).to_contain_text("đã ghi vào sổ")
    expect(page.locator("tbody")).to_contain_text("đã kiểm tra – không phải")
    assert len(fresh.workspace.store.layer("visits")) == before + 1
