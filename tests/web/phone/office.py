"""A small server that speaks the phone's protocol over real HTTP, with faults to order. Not the project's server."""

import contextlib
import hashlib
import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jinja2
import pyrage

from eradication.i18n import translator
from eradication.web import phone_shell
from eradication.web.frontend.install import SHELF

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
MEDIA = {
    "js": "text/javascript", "mjs": "text/javascript", "css": "text/css", "json": "application/json",
    "svg": "image/svg+xml", "png": "image/png",
}  # fmt: skip
STOPS: list[dict[str, Any]] = [
    {
        "plot_id": "plot-1", "code": "VH-27-014", "lon": 104.8500, "lat": 20.7900, "area_m2": 420, "class": "B",
        "score": 0.81, "state": "assigned", "selection_mode": "score", "note": "Đi theo suối, tránh vách đá.",
        "outline": {
            "type": "Polygon",
            "coordinates": [[[104.8498, 20.7899], [104.8502, 20.7899], [104.8502, 20.7902], [104.8498, 20.7899]]],
        },
    },
    {
        "plot_id": "plot-2", "code": "VH-27-021", "lon": 104.8560, "lat": 20.7955, "area_m2": 1250, "class": "B",
        "score": 0.64, "state": "detected", "selection_mode": "follow_up", "outline": None,
    },
    {
        "plot_id": "plot-3", "code": "VH-27-033", "lon": 104.8421, "lat": 20.7832, "area_m2": 260, "class": "C",
        "score": 0.4, "state": "candidate", "selection_mode": "random", "outline": None,
    },
]  # fmt: skip

type Fault = Callable[["Desk"], bool]
"""Answers a request in its own way and returns True, or lets it pass."""


class Office:
    """The server's state, and how to stop and start it as a network does."""

    def __init__(self) -> None:
        self.identity = pyrage.x25519.Identity.generate()
        self.hours = 48.0
        self.units = {"p-aaaa1111": "BP01", "p-bbbb2222": "BP01"}
        self.parts: dict[tuple[str, str], bytearray] = {}
        self.whole: dict[tuple[str, str], bytes] = {}
        self.hand_ins: dict[str, dict[str, Any]] = {}
        self.asked: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self.revoked = False
        self.over: set[str] = set()
        """Whom nobody lets in any more."""
        self.resting = False
        self.making = 0
        """How often a map is still being made."""
        self.simulated = False
        self.packs: dict[str, bytes] = {}
        self.remarks: list[str] = []
        self.lines: set[socket.socket] = set()
        self._http: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()

    def start(self) -> None:
        """Be reachable, at the same address as before."""
        office = self

        class Here(Desk):
            pass

        Here.office = office
        ThreadingHTTPServer.allow_reuse_address = True
        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), Here)
        self._http.daemon_threads = True
        self.port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Be out of reach."""
        if self._http:
            self._http.shutdown()
            self._http.server_close()
            self._http = None
            for line in list(self.lines):  # lines that are kept alive are cut too
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def today(self, person: str) -> dict[str, Any]:
        now = datetime.now(UTC)
        return {
            "person": person, "unit": self.units[person], "device": "d-1", "recipient": str(self.identity.to_public()),
            "officers": "CB012;CB045", "issued_at": now.isoformat(),
            "expires_at": (now + timedelta(hours=self.hours)).isoformat(),
            "season": "2026-2027", "simulated": self.simulated, "stops": STOPS, "codes": {},
        }  # fmt: skip

    def opened(self, uuid: str) -> list[bytes]:
        """The plain files of a hand-in, in their order: sealing opens with pyrage."""
        return [
            pyrage.decrypt(self.whole[uuid, file["sha256"]], [self.identity]) for file in self.hand_ins[uuid]["files"]
        ]

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(self.opened(uuid)[0]) for uuid in self.hand_ins]


class Desk(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    office: Office

    def setup(self) -> None:
        """Remember the line."""
        super().setup()
        self.office.lines.add(self.connection)

    def finish(self) -> None:
        """Forget it."""
        self.office.lines.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def answer(self, status: int, body: bytes | dict[str, Any] | list[Any] = b"", **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        media = headers.pop("media", "application/json")
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    @property
    def person(self) -> str:
        found = re.search(r"session=([\w-]+)", self.headers.get("Cookie", ""))
        return found[1] if found else ""

    def read(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def handle_any(self) -> None:
        self.path = self.path.split("?")[0]
        self.office.asked[f"{self.command} {self.path}"] += 1
        if any(fault(self) for fault in list(self.office.faults)):
            return
        if self.path in ("/signin", "/signout"):
            self.read()
            return self.answer(200, b"<p>in or out</p>", media="text/html")
        if self.path.startswith("/signin/"):
            person = self.path.rsplit("/", 1)[1]
            return self.answer(
                200,
                b"in",
                Set_Cookie=f"session={person}; Path=/; HttpOnly; SameSite=Lax; Max-Age=9999",
                media="text/plain",
            )
        if not self.person:
            return self.answer(401, {"error": {"kind": "not_signed_in"}})
        if self.person in self.office.over:
            self.read()
            return self.answer(401, {"error": {"kind": "person_disabled"}})
        if self.path.startswith("/api/"):
            return self.api()
        return self.page()

    do_GET = do_HEAD = do_PATCH = do_POST = handle_any

    def page(self) -> None:
        made = {
            "/phone": ("text/html; charset=utf-8", shell),
            "/phone/sw.js": ("text/javascript", phone_shell.service_worker),
            "/phone/words.json": ("application/json", phone_shell.words),
            "/phone/forms.json": ("application/json", phone_shell.forms),
            "/phone/manifest.webmanifest": ("application/manifest+json", lambda: phone_shell.manifest("vi")),
        }
        if self.path in made:
            media, make = made[self.path]
            more = {"Service_Worker_Allowed": "/"} if self.path.endswith("sw.js") else {}
            return self.answer(200, make(), media=media, **more)
        folder, _, name = self.path.rpartition("/")
        place = {"/static/phone": phone_shell.FOLDER, "/vendor": SHELF.vendor}.get(folder)
        if place is None or not (place / name).is_file():
            return self.answer(404)
        return self.answer(200, (place / name).read_bytes(), media=MEDIA[name.rsplit(".", 1)[1]])

    def api(self) -> None:
        office = self.office
        if self.path == "/api/phone/today":
            if office.resting:
                return self.answer(401, {"error": {"kind": "session_rests"}})
            return (
                self.answer(403, {"error": {"kind": "revoked"}})
                if office.revoked
                else self.answer(200, office.today(self.person))
            )
        if self.path == "/api/me":
            return self.answer(200, {"person_id": self.person, "login": f"ten-{self.person[2:6]}"})
        if self.path == "/api/phone/map.json" and office.making:
            office.making -= 1
            return self.answer(202, {"making": {"done": 3, "total": 7}}, Retry_After="1")
        if self.path == "/api/phone/map.json":
            files = {name.removesuffix(".pmtiles"): {"bytes": len(data)} for name, data in office.packs.items()}
            return self.answer(200, {"files": files, "attribution": "mô phỏng / simulated", "remarks": office.remarks})
        if self.path.startswith("/api/phone/map/"):
            data = office.packs.get(self.path.rsplit("/", 1)[1])
            return (
                self.answer(404)
                if data is None
                else self.answer(200, data, ETag='"1"', media="application/octet-stream")
            )
        if self.path.partition("?")[0] == "/api/hand-ins":
            mine = [one for one in office.hand_ins.values() if one["person"] == self.person]
            return self.answer(200, [{"uuid": one["receipt"]["uuid"], "state": "recorded"} for one in mine])
        if self.headers.get("X-Person", self.person) != self.person:
            self.read()
            return self.answer(403, {"error": {"kind": "other_person"}})
        if found := re.fullmatch(r"/api/hand-ins/([\w-]+)/files/(\w{64})", self.path):
            return self.file(found[1], found[2])
        return self.hand_in(self.path.rsplit("/", 1)[1])

    def file(self, uuid: str, sha256: str) -> None:
        office, key = self.office, (uuid, sha256)
        if key in office.whole:
            size = str(len(office.whole[key]))
            return self.answer(204 if self.command == "PATCH" else 200, Upload_Offset=size, Upload_Complete="?1")
        if self.command == "HEAD":
            if key not in office.parts:
                return self.answer(404)
            return self.answer(200, Upload_Offset=str(len(office.parts[key])), Upload_Complete="?0")
        body, part = self.read(), office.parts.setdefault(key, bytearray())
        if int(self.headers["Upload-Offset"]) != len(part):
            return self.answer(409, {"error": {"kind": "wrong_offset"}}, Upload_Offset=str(len(part)))
        part += body
        if len(part) == int(self.headers["Upload-Length"]):
            del office.parts[key]
            if hashlib.sha256(part).hexdigest() != sha256:
                return self.answer(422, {"error": {"kind": "hash_differs"}})
            office.whole[key] = bytes(part)
        return self.answer(204, Upload_Offset=str(len(part)))

    def hand_in(self, uuid: str) -> None:
        office = self.office
        files = json.loads(self.read())["files"]
        content = hashlib.sha256(json.dumps(files).encode()).hexdigest()
        if kept := office.hand_ins.get(uuid):
            if kept["content"] == content:
                return self.answer(200, kept["receipt"])
            return self.answer(409, {"error": {"kind": "other_content"}, "receipt": kept["receipt"]})
        missing = [file["sha256"] for file in files if (uuid, file["sha256"]) not in office.whole]
        if missing:
            return self.answer(424, {"error": {"kind": "files_missing"}, "files": missing})
        receipt = {"number": f"R-2026-{len(office.hand_ins) + 1:05}-{content[:8]}", "uuid": uuid, "content": content}
        office.hand_ins[uuid] = {"person": self.person, "files": files, "content": content, "receipt": receipt}
        return self.answer(201, receipt)


def shell() -> bytes:
    page = jinja2.Environment(autoescape=True).from_string(phone_shell.PAGE.read_text("utf-8"))
    return page.render(language="vi", version=phone_shell.version(), _=translator("vi")).encode()
