"""A telephone in the tests: seals as the application does, sends in pieces, hands in."""

import hashlib
import json
import secrets
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyrage

from eradication.domain.person import Person, Role
from eradication.pipeline.reception import hand_ins, receiving, uploads
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.reception.uploads import Upload
from eradication.store.reception import people


def somebody(place: Place, person_id: str = "p-00000001", unit: str = "BP01", roles: Sequence[Role] = (Role.PATROL,)):
    """Let somebody in, by the rows alone: hashing a password takes long."""
    person = Person(person_id, f"login-{person_id}", frozenset(roles), unit)
    with place.reception.writing() as connection:
        if people.by(connection, "person_id", person_id) is None:
            people.add(connection, person, place.now())
    return Caller(person=person, language="vi", second_factor=False)


@dataclass
class Sealed:
    """One record as the telephone keeps it: sealed files, the record first."""

    uuid: str
    contents: list[bytes] = field(default_factory=list, repr=False)

    @property
    def files(self) -> list[hand_ins.File]:
        return [hand_ins.File(hashlib.sha256(one).hexdigest(), len(one)) for one in self.contents]


def new_id() -> str:
    return f"{secrets.token_hex(4)}-{secrets.token_hex(6)}"


def seal(recipient: str, content: bytes) -> bytes:
    return pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(recipient)])


def record(
    place: Place,
    kind: str,
    said: Mapping[str, Any] = {},
    files: Mapping[str, bytes] = {},
    uuid: str = "",
) -> Sealed:
    """Seal a record as the application does; ``said`` may say what a broken one would."""
    uuid = uuid or new_id()
    listed = [{"name": n, "sha256": hashlib.sha256(c).hexdigest(), "media": ""} for n, c in files.items()]
    body = {
        "format": "eradication-record",
        "version": 1,
        "kind": kind,
        "uuid": uuid,
        "person": "p-00000001",
        "device": "dev-1",
        "unit": "BP01",
        "made_at": "2026-02-10T02:00:00Z",
        "app": "test",
        "files": listed,
        **said,
    }
    to = receiving.recipient(place)
    return Sealed(uuid, [seal(to, json.dumps(body).encode()), *(seal(to, content) for content in files.values())])


def send(place: Place, who: Caller, sealed: Sealed, piece: int = 1 << 20) -> None:
    """Send every file, going on where it stopped."""
    for file, content in zip(sealed.files, sealed.contents, strict=True):
        state = uploads.state(place, who, sealed.uuid, file.sha256)
        while not state.complete:
            upload = Upload(sealed.uuid, file.sha256, file.bytes)
            chunk = content[state.received : state.received + piece]
            state = uploads.append(place, who, upload, state.received, [chunk])


def hand_in(place: Place, who: Caller, sealed: Sealed) -> hand_ins.Received:
    send(place, who, sealed)
    return hand_ins.receive(place, who, sealed.uuid, sealed.files)


def bundle(records: Sequence[Sealed], path: Path) -> Path:
    """Export records as the application does."""
    lines = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for sealed in records:
            files = [
                {"sha256": file.sha256, "bytes": file.bytes, "path": f"{sealed.uuid}/{file.sha256}.age"}
                for file in sealed.files
            ]
            lines.append({"format": "eradication-bundle", "version": 1, "uuid": sealed.uuid, "files": files})
            for file, content in zip(files, sealed.contents, strict=True):
                archive.writestr(str(file["path"]), content)
        archive.writestr("manifest.json", "".join(json.dumps(line) + "\n" for line in lines))
    return path
