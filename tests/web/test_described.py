"""What the description of the interfaces promises holds for whatever is sent, and nothing makes the server fail."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from web import world
from web.world import A, World

from eradication.domain.person import Role
from eradication.pipeline.reception import devices
from eradication.web.gate import COOKIE

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
HOST = "http://testserver"


@pytest.fixture(scope="module", params=["file", pytest.param("server", marks=pytest.mark.slow)])
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    server = request.getfixturevalue("server").place() if request.param == "server" else None
    with world.built(tmp_path_factory.mktemp("world"), server, requests_a_minute=1_000_000, exports_a_day=1000) as made:
        made.add("everything", [*Role], A)
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("who", ["session", "device"])
def test_nothing_that_is_sent_to_the_interfaces_makes_the_server_fail(here: World, who: str):
    asked_in_every_way(here, who, 4)


@pytest.mark.bench_web  # many minutes: by hand
@pytest.mark.parametrize("who", ["session", "device"])
@pytest.mark.timeout(3600)
def test_nothing_makes_the_server_fail_in_thousands_of_tries(here: World, who: str):
    asked_in_every_way(here, who, 120)


def asked_in_every_way(here: World, who: str, examples: int) -> None:
    headers = shown(here, who)
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", here.app, headers=shown(here, "session"))
    counts: dict[int, int] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in GenerationMode])

        @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=cases)
        def ask(case: schemathesis.Case) -> None:
            answer = case.call(base_url=HOST, headers=headers, timeout=200)
            counts[answer.status_code] = counts.get(answer.status_code, 0) + 1
            assert answer.status_code not in (401, 503), answer.text
            case.validate_response(answer, checks=CHECKS)

        ask()
    assert counts.get(200, 0) > 5, counts
    assert not [line for line in here.log if '"problem"' in line]


def shown(here: World, who: str) -> dict[str, str]:
    if who == "session":
        return {"Cookie": f"{COOKIE}={here.token('everything')}", "Origin": HOST}
    token = devices.issue(here.place, "patrol_a", "test", ["read", "submit", "metrics"])["token"]
    return {"Authorization": f"Bearer {token}"}


def test_every_interface_says_how_it_refuses(here: World):
    described = here.client("everything").get("/api/openapi.json").json()
    for path, methods in described["paths"].items():
        for method, told in methods.items():
            assert {"400", "401", "403", "404", "429"} <= set(told["responses"]), (method, path)
            refs = str(told["responses"])
            assert "HTTPValidationError" not in refs
            assert told.get("description"), (method, path)
