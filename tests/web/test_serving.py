"""``eradication serve`` as a program of its own: begins with nobody, encrypts, answers by several processes, ends."""

import asyncio
import datetime
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import psutil
import pytest
import served
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from fastapi import FastAPI
from uvicorn.server import ServerState
from web import live

from eradication.domain import Season
from eradication.domain.person import Role
from eradication.errors import StorageFailed, UnusableInput
from eradication.pipeline.reception import devices, people
from eradication.pipeline.reception.place import opened_place
from eradication.pipeline.workspace import created, settings_for
from eradication.web import beside, connections, serving, tls
from eradication.web.gate import COOKIE

PASSWORD = live.PASSWORD


@pytest.fixture(params=["file", "server"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A new workspace."""
    server = request.getfixturevalue("server").place() if request.param == "server" else None
    settings = settings_for("Sơn La", language="en", simulated=True, season=Season(2025), server=server)
    with created(tmp_path / "office", settings):
        return tmp_path / "office"


@pytest.fixture
def filed(tmp_path: Path) -> Path:
    with created(tmp_path / "office", settings_for("Sơn La", language="en", simulated=True, season=Season(2025))):
        return tmp_path / "office"


def family(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    own = psutil.Process(process.pid)
    return [own, *own.children(recursive=True)]


def ended(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=60)
    return not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


def test_t15_no_invitation_reaches_a_journal(filed: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JOURNAL_STREAM", "8:12345")
    with served.running(filed) as server:
        assert (server.told["administrator_link"], server.told["login"]) == ("", "admin")
        assert "invite=" not in server.log.read_text()


@pytest.mark.slow
def test_the_first_administrator_comes_in_by_the_link_that_serve_prints(filed: Path, chromium):
    with served.running(filed) as server:
        link = server.told["administrator_link"]
        assert re.fullmatch(rf"{server.address}/signin\?invite=[\w-]{{43}}", link)
        assert server.told["login"] == "admin"
        processes = family(server.process)
        assert any("worker" in one.cmdline() for one in processes)
        for one in processes:
            shown = " ".join(one.cmdline()) + " ".join(one.environ().values())
            assert link.rpartition("=")[2] not in shown
        context = chromium.new_context(locale="en")
        page = context.new_page()
        live.come_in(page, link, lambda: datetime.datetime.now(UTC))
        assert page.url == f"{server.address}/"
        assert page.inner_text("header .who span") == "admin"
        (kept,) = (cookie for cookie in context.cookies() if cookie["name"] == COOKIE)
        assert (kept["secure"], kept["httpOnly"], kept["sameSite"], kept["path"]) == (True, True, "Lax", "/")
        page.goto(f"{server.address}/people")
        page.fill("#login", "walker")
        page.check("input[value=analyst]")
        with page.expect_navigation():
            page.click("form[action='/people'] button")
        second = page.inner_text("[role=status] code")
        other = chromium.new_context(locale="en").new_page()
        live.come_in(other, second, lambda: datetime.datetime.now(UTC))
        assert other.inner_text("header .who span") == "walker"
        assert other.goto(f"{server.address}/people").status == 403
        assert page.goto(link).status == 403  # once is once
        assert page.locator("input[name=login]").is_editable()  # the ordinary sign-in stands there, no invitation
        written = server.log.read_text()
        assert written.count('"route": "/signin"') >= 4
        assert not [secret for secret in (link.rpartition("=")[2], PASSWORD, kept["value"]) if secret in written]
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
        assert ended(processes)
        context.close()
    with served.running(filed, ["--no-worker"]) as server:
        assert server.told["administrator_link"] == ""


def workers_of(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    return [one for one in family(process) if one.status() != psutil.STATUS_ZOMBIE and one.cmdline()[-1:] == ["worker"]]


@pytest.mark.slow
def test_t26_a_worker_that_is_killed_is_followed_by_another_one(filed: Path):
    with served.running(filed) as server:
        (first,) = workers_of(server.process)
        first.kill()
        while (now := workers_of(server.process)) in ([], [first]):
            assert server.process.poll() is None
        (second,) = now
        assert second.pid != first.pid
        assert '"worker_ended": -9' in server.log.read_text()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
        assert ended([second])


@pytest.mark.slow
def test_a_program_that_ends_at_once_is_started_again_and_again(tmp_path: Path):
    marks = tmp_path / "marks"
    with beside.kept([sys.executable, "-c", f"open({str(marks)!r}, 'a').write('x')"]):
        while not marks.exists() or len(marks.read_text()) < 2:
            time.sleep(0.05)
    written = marks.read_text()
    time.sleep(0.3)
    assert marks.read_text() == written  # and no more once it is over


def test_what_ends_soon_is_waited_for_longer_each_time():
    pauses = [0.0]
    for _ in range(8):
        pauses.append(beside.next_pause(pauses[-1], 0.1))
    assert pauses[1:] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert beside.next_pause(60, 61) == 1


@pytest.mark.slow
def test_serve_that_is_ended_while_it_still_begins_leaves_no_process(filed: Path):
    command = [*served.PROGRAM, "--workspace", str(filed), "--json", "serve", "--port", str(served.free_port())]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    process.stdout.readline()
    while not any("worker" in one.cmdline() for one in family(process)):
        assert process.poll() is None
    processes = family(process)
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    process.stdout.close()
    assert ended(processes)


def invited(folder: Path, login: str) -> None:
    with opened_place(folder) as place:
        told = people.add(place, people.Wanted(login, [Role.AUDITOR]))
        people.accept(place, told["invitation"], PASSWORD)


def post(address: str, **data: str) -> tuple[int, str]:
    """Send a form on a connection of its own, and return status and session."""
    body = urllib.parse.urlencode(data).encode()
    request = urllib.request.Request(address, body, {"Connection": "close"})

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    try:
        with urllib.request.build_opener(Stay).open(request, timeout=60) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        kept = error.headers.get("Set-Cookie", "")
        error.close()
        return error.code, kept.partition("=")[2].partition(";")[0]


@pytest.mark.slow
def test_t20_two_processes_that_answer_count_and_know_together(office: Path):
    invited(office, "watcher")
    with served.running(office, ["--workers", "2", "--no-worker"]) as server:
        processes = family(server.process)
        assert len(processes) >= 3
        status, session = post(f"{server.address}/signin", login="watcher", password=PASSWORD)
        assert status == 303
        for _ in range(8):
            request = urllib.request.Request(f"{server.address}/signin/code", headers={"Cookie": f"{COOKIE}={session}"})
            with urllib.request.urlopen(request, timeout=60) as answer:
                assert answer.status == 200
        sent = [post(f"{server.address}/signin", login="watcher", password="a wrong one")[0] for _ in range(10)]
        assert sent == [401] * 8 + [429] * 2
        for one in processes:
            assert "postgresql" not in " ".join(one.cmdline()) + " ".join(one.environ().values())
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
        assert ended(processes)


@pytest.mark.slow
def test_an_address_that_is_taken_is_told(filed: Path):
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [*served.PROGRAM, "--workspace", str(filed), "--json", "--lang", "en", "serve", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert json.loads(done.stderr or done.stdout)["error"]["kind"] == "address_taken"


@pytest.mark.slow
def test_encrypted_by_an_authority_that_python_and_chromium_take(filed: Path, chromium):
    with served.running(filed, ["--tls", "--no-worker"]) as server:
        authority = filed / "keys" / "tls" / "ca.pem"
        trusting = ssl.create_default_context(cafile=str(authority))
        trusting.verify_flags |= ssl.VERIFY_X509_STRICT
        port = urllib.parse.urlsplit(server.address).port
        for name in ("127.0.0.1", "localhost"):
            with urllib.request.urlopen(f"https://{name}:{port}/healthz", timeout=60, context=trusting) as answer:
                assert bool(answer.headers["Strict-Transport-Security"]) == (name != "localhost")
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(f"{server.address}/healthz", timeout=60, context=ssl.create_default_context())
        old = ssl.create_default_context(cafile=str(authority))
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_2
        with urllib.request.urlopen(f"{server.address}/healthz", timeout=60, context=old) as answer:
            assert answer.status == 200
        context = chromium.new_context(ignore_https_errors=True)
        page = context.new_page()
        live.come_in(page, server.told["administrator_link"], lambda: datetime.datetime.now(UTC))
        assert page.inner_text("header .who span") == "admin"
        assert {cookie["name"] for cookie in context.cookies()} >= {COOKIE}
        assert page.evaluate("window.isSecureContext") is True
        context.close()


@pytest.fixture
def made(tmp_path: Path) -> tls.Certificate:
    return tls.certificate(tmp_path / "tls", ["127.0.0.1", "localhost", "office.example"])


def test_keys_of_the_authority_are_their_owners_alone(made: tls.Certificate):
    folder = made.key.parent
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in folder.iterdir()}
    assert modes.pop(".lock") == "0o600"
    assert modes == {"ca.pem": "0o644", "server.pem": "0o644", "ca-key.pem": "0o600", "server-key.pem": "0o600"}
    assert oct(folder.stat().st_mode & 0o777) == "0o700"


def test_a_certificate_is_kept_while_it_is_good_and_renewed_before_it_ends(tmp_path: Path, monkeypatch):
    folder, names = tmp_path / "tls", ["127.0.0.1", "localhost"]
    first = (
        {name: (folder / name).read_bytes() for name in ("ca.pem", "server.pem")}
        if tls.certificate(folder, names)
        else {}
    )
    tls.certificate(folder, names)
    assert {name: (folder / name).read_bytes() for name in first} == first
    monkeypatch.setattr(tls, "_SERVER_DAYS", 20)
    (folder / "server.pem").unlink()
    tls.certificate(folder, names)
    soon = (folder / "server.pem").read_bytes()
    monkeypatch.setattr(tls, "_SERVER_DAYS", 397)
    tls.certificate(folder, names)
    assert (folder / "server.pem").read_bytes() != soon
    assert (folder / "ca.pem").read_bytes() == first["ca.pem"]


def test_the_authority_stays_and_what_it_may_not_vouch_for_is_left_out_and_told(tmp_path: Path):
    folder, names = tmp_path / "tls", ["127.0.0.1", "localhost", "office.local", "192.168.1.10"]
    tls.certificate(folder, names)
    authority, own = (folder / "ca.pem").read_bytes(), (folder / "server.pem", folder / "server-key.pem")
    near = tls.certificate(folder, [*names, "192.168.1.77", "phones.office.local"])  # the router gave another address
    assert (folder / "ca.pem").read_bytes() == authority
    assert near.left_out == ()
    for name in ("192.168.1.77", "phones.office.local", "office.local"):
        assert checked(folder, name, *own) == ""
    far = tls.certificate(folder, [*names, "office.example", "192.168.2.10", "127.0.0.2", "notoffice.local"])
    assert (folder / "ca.pem").read_bytes() == authority
    assert far.left_out == ("office.example", "192.168.2.10", "127.0.0.2", "notoffice.local")
    assert checked(folder, "office.local", *own) == ""  # with one of those no name would be believed
    assert "mismatch" in checked(folder, "office.example", *own)
    anew = tls.certificate(folder, [*names, "office.example"], new_authority=True)
    assert (folder / "ca.pem").read_bytes() != authority
    assert anew.left_out == ()
    assert checked(folder, "office.example", *own) == ""


@pytest.mark.parametrize("file", ["ca.pem", "ca-key.pem"])
def test_an_authority_that_is_damaged_is_not_replaced_behind_the_telephones_backs(tmp_path: Path, file: str):
    folder = tmp_path / "tls"
    tls.certificate(folder, ["localhost"])
    (folder / file).write_text("damaged")
    (folder / "server.pem").unlink()
    with pytest.raises(StorageFailed) as refused:
        tls.certificate(folder, ["localhost"])
    assert refused.value.kind == "authority_damaged"
    assert "--new-authority" in refused.value.hint
    tls.certificate(folder, ["localhost"], new_authority=True)
    assert checked(folder, "localhost", folder / "server.pem", folder / "server-key.pem") == ""


def test_serve_leaves_out_a_name_that_telephones_would_not_believe(filed: Path):
    how = serving.Serving(tls=True)
    first = serving.certificate(filed, how, ("office.local",))
    authority = first.authority.read_bytes()
    told = serving.certificate(filed, how, ("office.local", "office.example"))
    assert (first.left_out, told.left_out) == ((), ("office.example",))
    assert told.authority.read_bytes() == authority
    assert serving.certificate(filed, replace(how, tls=False), ()) is None
    anew = serving.certificate(filed, replace(how, new_authority=True), ("office.example",))
    assert anew.left_out == ()
    assert anew.authority.read_bytes() != authority


def test_a_server_that_runs_renews_its_certificate_and_goes_on_with_it(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(tls, "_SERVER_DAYS", 20)
    files = tls.certificate(tmp_path / "tls", ["127.0.0.1"])
    monkeypatch.setattr(tls, "_SERVER_DAYS", 397)
    monkeypatch.setattr(connections.Encrypted, "_looked_s", float("-inf"))
    trusting = ssl.create_default_context(cafile=str(files.authority))
    paths = {"ssl_certfile": str(files.chain), "ssl_keyfile": str(files.key), "http": connections.Encrypted}
    with live.served(FastAPI(), **paths) as server:

        def shown() -> int:
            with server.connection() as plain, trusting.wrap_socket(plain, server_hostname="127.0.0.1") as encrypted:
                encrypted.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                live.said(encrypted)
                return x509.load_der_x509_certificate(encrypted.getpeercert(binary_form=True)).serial_number

        first, then = shown(), shown()
        assert then != first
        assert shown() == then
        kept = files.chain.read_bytes()
        files.chain.write_text("damaged")
        monkeypatch.setattr(connections.Encrypted, "look_every_s", 0.0)
        assert [shown(), shown()] == [then, then]
        files.chain.write_bytes(kept)


def test_the_authority_can_vouch_for_no_other_name(made: tls.Certificate, tmp_path: Path):
    folder = made.key.parent
    assert checked(folder, "office.example", made.chain, made.key) == ""
    assert checked(folder, "localhost", made.chain, made.key) == ""
    for name in ("bank.example", "example", "127.0.0.2", "evil-office.example"):
        chain, key = forged(folder, name, tmp_path)
        assert "permitted subtree violation" in checked(folder, name, chain, key)


def forged(folder: Path, name: str, to: Path) -> tuple[Path, Path]:
    """Let the authority's key vouch for a name that is not its."""
    authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    signer = load_pem_private_key((folder / "ca-key.pem").read_bytes(), None)
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(UTC)
    names = x509.SubjectAlternativeName([tls._name(name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(tls._known_by(authority), critical=False)
        .sign(signer, hashes.SHA256())
    )
    chain, secret = to / "forged.pem", to / "forged-key.pem"
    chain.write_bytes(made.public_bytes(Encoding.PEM) + authority.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain, secret


def checked(folder: Path, name: str, chain: Path, key: Path) -> str:
    """Shake hands over loopback as a client that trusts the authority; return why not, empty if it may."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(chain, key)
    trusting = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    ours, theirs = socket.socketpair()

    def answer() -> None:
        try:
            serving.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with trusting.wrap_socket(ours, server_hostname=name):
            return ""
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    finally:
        ours.close()
        thread.join(30)


@pytest.mark.slow
def test_t26_serve_that_is_killed_leaves_no_process(filed: Path):
    with served.running(filed, ["--workers", "2"]) as server:
        processes = family(server.process)
        assert any("worker" in one.cmdline() for one in processes)
        assert len(processes) >= 4
        server.process.kill()
        server.process.wait(60)
        assert ended(processes)


@pytest.mark.slow
def test_a_worker_that_nobody_started_ends_with_nobody(filed: Path):
    command = [*served.PROGRAM, "--workspace", str(filed), "--json", "worker", "--once"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0
    assert json.loads(done.stdout)["jobs"] == []


@pytest.mark.slow
def test_metrics_tell_of_all_processes_that_answer(filed: Path):
    with opened_place(filed) as place:
        people.add(place, people.Wanted("watcher", [Role.ADMINISTRATOR]))
        token = devices.issue(place, "watcher", "prometheus", ["metrics"])["token"]
    with served.running(filed, ["--workers", "2", "--no-worker"]) as server:
        folder = Path(family(server.process)[-1].environ()["PROMETHEUS_MULTIPROC_DIR"])
        assert folder.stat().st_mode & 0o777 == 0o700
        sent = sum(healthy(server.address) for _ in range(5))
        for answering in [psutil.Process(pid) for pid in answered_by(folder)]:
            answering.suspend()  # so that another one has to answer
            sent += healthy(server.address)
            with suppress(psutil.NoSuchProcess):  # it was taken for one that hangs
                answering.resume()
        deadline = time.monotonic() + served.PATIENCE_S
        while len(answered_by(folder)) < 2 and time.monotonic() < deadline:
            time.sleep(0.1)  # a request is counted after it was answered
        assert len(answered_by(folder)) >= 2
        told = {counted(server.address, token) for _ in range(8)}
        assert len(told) == 1  # whoever is asked tells of all
        assert min(told) >= sent
    assert not folder.exists()


def answered_by(folder: Path) -> set[int]:
    """The processes that counted something."""
    return {int(file.stem.rpartition("_")[2]) for file in folder.iterdir()}


def healthy(address: str) -> bool:
    with urllib.request.urlopen(f"{address}/healthz", timeout=60) as answer:
        return answer.status == 200


def counted(address: str, token: str) -> float:
    request = urllib.request.Request(f"{address}/metrics", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read().decode()
    (value,) = re.findall(r'^eradication_requests_total\{[^}]*route="/healthz"[^}]*\} (\S+)$', text, re.MULTILINE)
    return float(value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "office.example", ""])
def test_T15_beyond_this_computer_nothing_is_answered_unencrypted(host: str):
    with pytest.raises(UnusableInput) as refused:
        serving.check_encrypted(serving.Serving(host))
    assert refused.value.kind == "not_encrypted"
    serving.check_encrypted(serving.Serving(host, tls=True))
    serving.check_encrypted(serving.Serving(host, proxies="127.0.0.1"))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.1.1"])
def test_this_computer_is_answered_without_encryption(host: str):
    serving.check_encrypted(serving.Serving(host))


def test_serve_refuses_an_open_address_before_it_answers(tmp_path: Path):
    with created(tmp_path / "office", settings_for("Sơn La", language="en")):
        pass
    command = [*served.PROGRAM, "--workspace", str(tmp_path / "office"), "--json", "serve"]
    done = subprocess.run([*command, "--host", "0.0.0.0"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert json.loads(done.stdout or done.stderr)["error"]["kind"] == "not_encrypted"


def test_parts_of_an_answer_wait_for_no_word_of_each_other_where_processes_share_a_socket():
    """Such a socket was made without naming its protocol, and the library leaves those that come by it as they are."""

    async def sends_at_once() -> int:
        config, arrived = uvicorn.Config(FastAPI(), log_level="critical"), asyncio.Event()
        config.load()
        answering = connections.Connection(config, ServerState(), {})
        begun = answering.connection_made
        answering.connection_made = lambda transport: (begun(transport), arrived.set())  # type: ignore[method-assign]
        shared = socket.socket()
        shared.bind(("127.0.0.1", 0))
        server = await asyncio.get_running_loop().create_server(lambda: answering, sock=shared)
        _, writer = await asyncio.open_connection(*shared.getsockname())
        await arrived.wait()
        told: int = answering.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        writer.close()
        server.close()
        return told

    assert asyncio.run(sends_at_once()) != 0
