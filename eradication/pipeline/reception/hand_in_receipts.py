"""Receipts of hand-ins: numbered without ever giving a number twice, and signed by the workspace."""

from typing import Any

from sqlalchemy import Connection

from eradication.domain import TIMEZONE
from eradication.domain.event import canonical, iso
from eradication.pipeline.reception.place import Place
from eradication.pipeline.workspace import Workspace
from eradication.store import keys
from eradication.store.reception import hand_ins as rows

_SIGNED = b"eradication receipt\n"
"""Put before what is signed, so that a signature of a receipt can never pass for one of something else."""
_CONTENT_DIGITS = 8


def give(connection: Connection, place: Place, uuid: str, content: str) -> dict[str, Any]:
    """Make the receipt of a hand-in; it is worth nothing before the transaction is committed."""
    now = place.now()
    year = now.astimezone(TIMEZONE).year
    number = rows.next_number(connection, f"R-{year}")
    receipt = {
        "number": f"R-{year}-{number:05}-{content[:_CONTENT_DIGITS]}",
        "uuid": uuid,
        "content": content,
        "received_at": iso(now),
        "origin": place.workspace.store.origin,
    }
    receipt["signature"] = place.workspace.store.sign(_SIGNED + canonical(dict(receipt)))
    return receipt


def is_genuine(workspace: Workspace, receipt: dict[str, Any]) -> bool:
    """Tell whether a receipt was given by this workspace, with the key of today or an earlier one, and not altered."""
    said = {name: value for name, value in receipt.items() if name != "signature"}
    public = {head.origin: head.public_key for head in workspace.store.origins()}
    public[workspace.store.origin] = workspace.store.public_key
    key = public.get(str(receipt.get("origin", "")), "")
    return bool(key) and keys.is_signed(key, _SIGNED + canonical(said), str(receipt.get("signature", "")))
