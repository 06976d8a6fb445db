"""T16: whoever signs out of a shared handset is out, with a network or without one."""

import pytest
from playwright.sync_api import expect
from web.phone.conftest import open_page, sign_in
from web.phone.test_phone import nav

OUT = "Đăng xuất khỏi máy này"


def test_T16_who_signs_out_without_a_network_is_out_on_this_phone_and_at_the_server_once_there_is_one(page, office):
    page.context.set_offline(True)
    nav(page, "Chờ gửi")
    page.get_by_role("button", name=OUT).click()
    expect(page.locator("main h1")).to_have_text("Đã đăng xuất khỏi máy này")
    assert page.locator("#nav button").count() == 0
    assert not page.evaluate("caches.has('eradication-today')")
    page.reload()
    expect(page.locator("main h1")).to_have_text("Đã đăng xuất khỏi máy này")
    assert office.asked["POST /signout"] == 0
    page.context.set_offline(False)
    page.wait_for_selector("#nav button")
    assert office.asked["POST /signout"] == 1
    assert not page.evaluate("caches.has('eradication-leaving')")


LATE = """async () => {
  const { loadToday, signOut } = await import("/static/phone/today.js");
  const asks = globalThis.fetch;
  let arrive;
  const signedOut = new Promise((resolve) => { arrive = resolve; });
  globalThis.fetch = async (path, told) => {
    const answer = await asks(path, told);
    if (path === "/api/phone/today") await signedOut;
    return answer;
  };
  const list = loadToday(phone.database);
  await signOut(phone.database, "p-aaaa1111");
  arrive();
  return (await list).today.stops.length;
}"""


def test_T16_a_list_that_was_on_its_way_while_somebody_signed_out_is_not_kept(page, office):
    assert page.evaluate("caches.has('eradication-today')")
    assert page.evaluate(LATE) > 0
    assert office.asked["POST /signout"] == 1
    assert not page.evaluate("caches.has('eradication-today')")


@pytest.mark.slow
def test_T16_who_has_signed_in_since_is_not_signed_out_by_it(page, office):
    page.context.set_offline(True)
    nav(page, "Chờ gửi")
    page.get_by_role("button", name=OUT).click()
    expect(page.locator("main h1")).to_have_text("Đã đăng xuất khỏi máy này")
    page.goto("about:blank")
    page.context.set_offline(False)
    sign_in(page, office, "p-bbbb2222")
    open_page(page, office)
    assert office.asked["POST /signout"] == 0
    assert page.evaluate("phone.identity.person") == "p-bbbb2222"
