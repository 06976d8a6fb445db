"""T19: signing in by another identity provider believes nothing that was not examined, and makes nobody a person."""

import base64
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from web import identity_provider, live, world
from web.identity_provider import Provider
from web.world import HOST, World

from eradication.errors import UnusableInput
from eradication.pipeline.reception import oidc, people, sessions, standing
from eradication.web import rights
from eradication.web.app import create_app
from eradication.web.gate import COOKIE
from eradication.web.rights import PUBLIC, table
from eradication.web.routes.oidc import KEPT

START, BACK = "/signin/oidc", "/signin/oidc/callback"


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Provider]]:
    """A world with another identity provider, where the officer and a patrol of A are linked."""
    clock = world.Clock()
    with identity_provider.answering(clock) as provider:
        settings = {"oidc_issuer": provider.url, "oidc_client": identity_provider.CLIENT, "address_tries": 10_000}
        with world.built(tmp_path_factory.mktemp("world"), **settings) as here:
            provider.now = here.clock
            oidc.link(here.place, "patrol_a", "walker-1")
            oidc.link(here.place, "officer", "officer-7")
            yield here, provider


@pytest.fixture
def here(joined: tuple[World, Provider]) -> World:
    return joined[0]


@pytest.fixture
def provider(joined: tuple[World, Provider]) -> Iterator[Provider]:
    """The provider, which is right again after each test."""
    told = joined[1]
    kept = dict(vars(told))
    told.claims, told.metadata, told.answers = {}, {}, {}
    told.subject = "walker-1"
    yield told
    vars(told).update(kept)


def begin(here: World, next_path: str = "/"):
    """A browser that was sent to the provider, and where it was sent."""
    client = here.client()
    answer = client.get(START, params={"next": next_path})
    assert answer.status_code == 303, answer.text
    return client, answer.headers["location"]


def back(client, address: str) -> httpx.Response:
    """Let the provider send the browser back."""
    sent = httpx.get(address).headers["location"]
    assert sent.startswith(f"{HOST}{BACK}?")
    return client.get(sent.removeprefix(HOST))


def tried(here: World) -> httpx.Response:
    return back(*begin(here))


def came_in(answer: httpx.Response) -> bool:
    return answer.status_code == 303 and COOKIE in answer.cookies


def test_t19_who_is_linked_comes_in_by_the_provider(here: World, provider: Provider):
    answer = back(*begin(here, "/account"))
    assert came_in(answer)
    assert answer.headers["location"] == "/account"
    caller = sessions.who(here.place, answer.cookies[COOKIE])
    assert (caller.person.login, caller.is_whole) == ("patrol_a", True)
    assert f'{KEPT}=""' in answer.headers["set-cookie"]


def test_t19_other_keys_and_algorithms_that_only_the_provider_can_use_are_taken(here: World, provider: Provider):
    provider.key = identity_provider.ec_key()
    provider.header = {"alg": "ES256", "kid": "two"}
    assert came_in(tried(here))


def test_t19_the_own_second_factor_is_asked_for_unless_the_providers_is_trusted(here: World, provider: Provider):
    provider.subject, provider.claims = "officer-7", {"amr": ["pwd", "mfa"]}
    answer = tried(here)
    assert came_in(answer)
    assert answer.headers["location"] == "/signin/code?next=/"
    assert sessions.who(here.place, answer.cookies[COOKIE]).is_whole is False


def test_t19_a_provider_that_is_trusted_with_second_factors_must_say_that_it_asked(tmp_path: Path):
    clock = world.Clock()
    with identity_provider.answering(clock) as provider:
        provider.secret = "agreed & kept/here"
        (tmp_path / "secret").write_text(provider.secret + "\n")
        settings = {"oidc_issuer": provider.url, "oidc_client": identity_provider.CLIENT, "oidc_trusts_mfa": True,
                    "oidc_secret_file": str(tmp_path / "secret")}  # fmt: skip
        with world.built(tmp_path, **settings) as here:
            provider.now = here.clock
            oidc.link(here.place, "officer", "officer-7")
            provider.secret = quote(provider.secret, safe="")  # as RFC 6749 has it sent
            for methods, whole in ((["pwd", "mfa"], True), (["pwd"], False), ("mfa", False), (None, False)):
                provider.claims = {"amr": methods}
                answer = tried(here)
                assert came_in(answer)
                assert sessions.who(here.place, answer.cookies[COOKIE]).is_whole is whole
            assert "agreed" not in "".join(here.log) + repr(here.place)


def test_t19_nobody_is_made_a_person(here: World, provider: Provider):
    before = people.listed(here.place)
    provider.subject = "somebody <b>else</b>"
    answer = tried(here)
    assert answer.status_code == 403
    assert "somebody &lt;b&gt;else&lt;/b&gt;" in answer.text
    assert COOKIE not in answer.cookies
    assert people.listed(here.place) == before


def test_t19_who_is_let_in_no_more_is_not_let_in_there_either(here: World, provider: Provider):
    here.add("gone", ["auditor"])
    oidc.link(here.place, "gone", "gone-1")
    standing.disable(here.place, "gone")
    provider.subject = "gone-1"
    assert tried(here).status_code == 403


def at(here: World, seconds: float) -> int:
    return int((here.clock.now + timedelta(seconds=seconds)).timestamp())


WRONG = {
    "another audience": lambda here, url: {"aud": "another"},
    "no audience": lambda here, url: {"aud": None},
    "two audiences and no word of whose it is": lambda here, url: {"aud": [identity_provider.CLIENT, "another"]},
    "made for another": lambda here, url: {"azp": "another"},
    "audience in a text": lambda here, url: {"aud": f"x{identity_provider.CLIENT}"},
    "another issuer": lambda here, url: {"iss": "https://evil.example"},
    "an issuer that looks like it": lambda here, url: {"iss": f"{url}/"},
    "no issuer": lambda here, url: {"iss": None},
    "another nonce": lambda here, url: {"nonce": "another"},
    "no nonce": lambda here, url: {"nonce": None},
    "a list of nonces": lambda here, url: {"nonce": [["x"]]},
    "expired": lambda here, url: {"exp": at(here, -61), "iat": at(here, -400)},
    "never expires": lambda here, url: {"exp": None},
    "an end that is no time": lambda here, url: {"exp": "tomorrow"},
    "not yet": lambda here, url: {"nbf": at(here, 3600)},
    "from the future": lambda here, url: {"iat": at(here, 3600)},
    "no subject": lambda here, url: {"sub": None},
    "empty subject": lambda here, url: {"sub": ""},
    "a list of subjects": lambda here, url: {"sub": ["walker-1"]},
}


@pytest.mark.parametrize("how", WRONG)
def test_t19_a_token_with_a_wrong_claim_is_not_taken(here: World, provider: Provider, how: str):
    provider.claims = WRONG[how](here, provider.url)
    answer = tried(here)
    assert answer.status_code == 403, how
    assert COOKIE not in answer.cookies
    provider.claims = {}
    assert came_in(tried(here))


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def none(token: str, alg: str = "none", signature: str = "") -> str:
    return f"{part({'alg': alg, 'kid': 'one'})}.{token.split('.')[1]}.{signature}"


def flipped(token: str) -> str:
    head, body, signature = token.split(".")
    return f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


CHANGED = ["none", "None", "NONE", "none with the signature", "flipped", "no signature", "rubbish", "two parts",
           "five parts", "other claims", "empty"]  # fmt: skip


@pytest.mark.parametrize("how", CHANGED)
def test_t19_a_token_that_was_changed_is_not_taken(here: World, provider: Provider, how: str):
    changes = {
        "flipped": flipped,
        "none with the signature": lambda token: none(token, signature=token.split(".")[2]),
        "no signature": lambda token: token.rpartition(".")[0] + ".",
        "rubbish": lambda token: "x.y.z",
        "two parts": lambda token: token.rpartition(".")[0],
        "five parts": lambda token: token + ".x.y",
        "other claims": lambda token: f"{token.split('.')[0]}.{part({'sub': 'officer-7'})}.{token.split('.')[2]}",
        "empty": lambda token: "",
    }
    provider.rewrite = changes.get(how, lambda token: none(token, how))
    assert tried(here).status_code == 403


def test_t19_a_token_signed_by_what_everybody_knows_is_not_taken(here: World, provider: Provider):
    public = provider.key.as_pem(private=False)

    def confused(token: str) -> str:
        told = f"{part({'alg': 'HS256', 'kid': 'one'})}.{token.split('.')[1]}"
        signature = hmac.digest(public, told.encode(), "sha256")
        return f"{told}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"

    provider.rewrite = confused
    assert tried(here).status_code == 403


def test_t19_a_token_signed_by_another_key_is_not_taken(here: World, provider: Provider):
    provider.shown = [provider.key]
    provider.key = RSAKey.generate_key(2048, {"kid": "one"})
    assert tried(here).status_code == 403
    provider.shown = []
    assert tried(here).status_code == 403


def test_t19_a_key_that_the_token_brings_along_is_not_taken(here: World, provider: Provider):
    provider.shown = [provider.key]
    provider.key = RSAKey.generate_key(2048, {"kid": "mine"})
    provider.header = {"alg": "RS256", "kid": "mine", "jwk": provider.key.as_dict(private=False)}
    assert tried(here).status_code == 403


def test_t19_coming_back_is_good_once_and_in_the_browser_that_began(here: World, provider: Provider):
    client, address = begin(here)
    kept = client.cookies[KEPT]
    sent = httpx.get(address).headers["location"].removeprefix(HOST)
    stranger = here.client()
    assert stranger.get(sent).status_code == 403
    other, _ = begin(here)
    assert other.get(sent).status_code == 403
    assert came_in(client.get(sent))
    replay = here.client()
    replay.cookies.set(KEPT, kept)
    asked = len(provider.asked)
    assert replay.get(sent).status_code == 403  # the state was used
    assert len(provider.asked) == asked


def test_t19_a_code_that_was_used_is_not_taken(here: World, provider: Provider):
    client, address = begin(here)
    sent = httpx.get(address).headers["location"].removeprefix(HOST)
    code = parse_qs(urlsplit(sent).query)["code"][0]
    assert came_in(client.get(sent))
    second, address = begin(here)
    state = parse_qs(urlsplit(address).query)["state"][0]
    assert second.get(BACK, params={"code": code, "state": state}).status_code == 403
    third, address = begin(here)
    fourth, other = begin(here)
    sent = httpx.get(address).headers["location"]
    code = parse_qs(urlsplit(sent).query)["code"][0]
    state = parse_qs(urlsplit(other).query)["state"][0]
    assert fourth.get(BACK, params={"code": code, "state": state}).status_code == 403  # another's code: PKCE
    assert third is not fourth


def test_t19_coming_back_late_or_with_rubbish_is_refused(here: World, provider: Provider):
    client, address = begin(here)
    sent = httpx.get(address).headers["location"].removeprefix(HOST)
    here.clock.now += oidc.LONGEST + timedelta(seconds=1)
    assert client.get(sent).status_code == 403
    for query in ({}, {"state": "x"}, {"code": "x"}, {"code": "", "state": ""}, {"error": "access_denied"}):
        begun, address = begin(here)
        state = {"state": parse_qs(urlsplit(address).query)["state"][0]} if "error" in query else {}
        assert begun.get(BACK, params=query | state).status_code == 403
        rubbish = here.client()
        rubbish.cookies.set(KEPT, "gAAAAArubbish")
        assert rubbish.get(BACK, params=query).status_code == 403
    begun, address = begin(here)
    query = {"code": "x", "state": parse_qs(urlsplit(address).query)["state"][0], "iss": "https://evil.example"}
    assert begun.get(BACK, params=query).status_code == 403


def test_t19_what_knows_a_browser_again_is_no_sign_in_that_was_begun(here: World, provider: Provider):
    client = here.client()
    client.cookies.set(KEPT, sessions.remembered(here.place, "patrol_a"))
    assert client.get(BACK, params={"code": "x", "state": "patrol_a"}).status_code == 403


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x"])
def test_t19_the_provider_leads_nowhere_else(here: World, provider: Provider, to: str):
    answer = back(*begin(here, to))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_t19_state_nonce_and_proof_are_new_each_time_and_kept_from_everybody(here: World, provider: Provider):
    queries = [parse_qs(urlsplit(begin(here)[1]).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert queries[0][name] != queries[1][name]
        assert len(queries[0][name][0]) >= 43
    client, address = begin(here)
    query = parse_qs(urlsplit(address).query)
    assert query["redirect_uri"] == [f"{HOST}{BACK}"]
    assert not [value[0] for value in query.values() if value[0] in client.cookies[KEPT]]
    line = here.client().get(START).headers["set-cookie"]
    assert all(word in line for word in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"))
    assert "Domain" not in line


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/.well-known/openid-configuration", 500, b"{}"),
        ("/.well-known/openid-configuration", 200, b"rubbish"),
        ("/.well-known/openid-configuration", 200, b"[]"),
        ("/.well-known/openid-configuration", 200, b"[" * 200_000),
        ("/.well-known/openid-configuration", 302, b"http://127.0.0.1:1/"),
        ("/.well-known/openid-configuration", 200, b" " * (3 << 20)),
        ("/token", 500, b"{}"),
        ("/token", 200, b"{}"),
        ("/token", 200, b'{"id_token": 5}'),
        ("/keys", 200, b"{}"),
        ("/keys", 200, b'{"keys": [1, {"kty": "oct", "k": "eA"}]}'),
        ("/keys", 500, b'{"keys": []}'),
    ],
)
def test_t19_a_provider_that_answers_rubbish_lets_nobody_in(here: World, provider: Provider, path, status, body):
    begun = None if "well-known" in path else begin(here)
    provider.answers = {path: (status, body)}
    answer = back(*begun) if begun else here.client().get(START)
    assert answer.status_code == 403
    assert "text/html" in answer.headers["content-type"]
    assert not [line for line in here.log if '"problem"' in line]


@pytest.mark.parametrize("changed", [{"issuer": "https://evil.example"}, {"token_endpoint": "http://evil.example/token"},
                                     {"jwks_uri": "file:///etc/passwd"}, {"authorization_endpoint": "javascript:x"},
                                     {"jwks_uri": None}, {"token_endpoint": "http://[::1/x"}])  # fmt: skip
def test_t19_a_provider_that_names_unsafe_places_is_not_asked(here: World, provider: Provider, changed: dict):
    provider.metadata = changed
    assert here.client().get(START).status_code == 403


def test_t19_a_provider_that_is_away_leaves_the_password(here: World, provider: Provider, monkeypatch):
    monkeypatch.setattr("eradication.pipeline.reception.provider._json", away := Away())
    answer = here.client().get(START)
    assert answer.status_code == 503
    assert 'name="password"' in answer.text
    assert away.asked


class Away:
    """Asks where nobody answers."""

    def __init__(self) -> None:
        from eradication.pipeline.reception import provider

        self.asked, self.ask = 0, provider._json

    def __call__(self, method: str, address: str, *rest: object) -> dict:
        self.asked += 1
        return self.ask(method, "http://127.0.0.1:1/x", *rest)


def test_t19_one_address_begins_only_so_often(tmp_path: Path):
    clock = world.Clock()
    with identity_provider.answering(clock) as provider:
        settings = {"oidc_issuer": provider.url, "oidc_client": identity_provider.CLIENT, "address_tries": 3}
        with world.built(tmp_path, **settings) as here:
            assert [here.client().get(START).status_code for _ in range(4)] == [303, 303, 303, 429]


def test_t3_the_routes_are_there_and_public_only_where_a_provider_is_set(here: World, fresh: World):
    public = {key for key, right in table(with_provider=True).items() if right.level == PUBLIC}
    assert public == {("GET", "/healthz"), ("GET", "/signin"), ("POST", "/signin"), ("GET", START), ("GET", BACK)}
    for path in (START, BACK):
        assert fresh.client().get(path).status_code == 401
        assert fresh.client("officer").get(path).status_code == 404
    assert START not in fresh.client().get("/signin").text
    assert START in here.client().get("/signin").text
    assert rights.PROVIDER == START


WRONG_SETTINGS = [{"oidc_client": ""}, {"oidc_issuer": "http://idp.example"}, {"oidc_issuer": "ftp://x"},
                  {"oidc_issuer": "https://[x"}, {"oidc_secret_file": "not-there"}]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG_SETTINGS)
def test_a_provider_that_cannot_work_keeps_the_server_from_starting(here: World, wrong: dict):
    settings = here.workspace.settings
    web = replace(settings.web, **({"oidc_issuer": "https://idp.example", "oidc_client": "x"} | wrong))
    there = replace(here.place, workspace=replace(here.workspace, settings=replace(settings, web=web)))
    with pytest.raises(UnusableInput) as raised:
        create_app(there)
    assert raised.value.kind == "bad_settings"


def test_a_name_elsewhere_is_one_persons(here: World, provider: Provider):
    with pytest.raises(UnusableInput, match="goes by this name"):
        oidc.link(here.place, "patrol_b", "walker-1")
    with pytest.raises(UnusableInput, match="goes by this name"):
        oidc.check(here.place, "walker-1")
    here.token("patrol_b")
    oidc.link(here.place, "patrol_b", "walker-2")
    assert here.client("patrol_b").get("/api/me").status_code == 401  # what somebody is known by has changed
    linked = {one["login"] for one in people.listed(here.place)["people"] if one["linked"]}
    assert {"patrol_a", "patrol_b", "officer"} <= linked
    provider.subject = "walker-2"
    assert came_in(tried(here))
    oidc.link(here.place, "patrol_b", "")
    assert tried(here).status_code == 403


def test_without_a_provider_nobody_is_linked(fresh: World):
    with pytest.raises(UnusableInput, match="No other identity provider"):
        oidc.link(fresh.place, "patrol_a", "x")


@pytest.mark.slow
def test_t19_a_real_browser_goes_there_and_comes_back(here: World, provider: Provider, chromium):
    with live.served(create_app(here.place, log=here.log.append)) as running:
        context = chromium.new_context(locale="en")
        page = context.new_page()
        page.goto(f"{running.url}/account")
        with page.expect_navigation(url=f"{running.url}/account"):
            page.click(f"a[href^='{START}']")
        assert page.inner_text("header .who span") == "patrol_a"
        assert {cookie["name"] for cookie in context.cookies()} >= {COOKIE}
        assert KEPT not in {cookie["name"] for cookie in context.cookies()}
        context.close()
