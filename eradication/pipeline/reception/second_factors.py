"""Second factors: codes of a telephone that change every half minute (RFC 6238), each good once."""

import hmac
from typing import Any

import pyotp

from eradication.domain.person import Act
from eradication.errors import N_, Denied
from eradication.pipeline.reception import acts, secrets
from eradication.pipeline.reception.place import Place
from eradication.store.reception import people

STEP_S = 30
_PENDING = "pending:"
"""Before a secret that no code has confirmed yet."""


def enrolment(place: Place, person_id: str, issuer: str = "eradication") -> dict[str, str]:
    """Make a second factor's secret, to be confirmed by a code; it counts only then.

    Raises:
        Denied: ``second_factor_set``: only an invitation takes one away.
    """
    with place.reception.reading() as connection:
        row = people.by(connection, "person_id", person_id) or {}
    if not row or (row["totp_sealed"] and not row["totp_sealed"].startswith(_PENDING)):
        raise Denied(
            "second_factor_set",
            N_("A second factor is set up already."),
            hint=N_("If the telephone is lost, ask your administrator for a new invitation."),
        )
    if row["totp_sealed"]:
        secret = secrets.unseal(place.workspace, row["totp_sealed"].removeprefix(_PENDING))
    else:
        secret = pyotp.random_base32()
        with place.reception.writing() as connection:
            sealed = _PENDING + secrets.seal(place.workspace, secret)
            people.change(connection, person_id, {"totp_sealed": sealed})
    return {"secret": secret, "uri": pyotp.TOTP(secret).provisioning_uri(name=row["login"], issuer_name=issuer)}


def is_set_up(row: dict[str, Any]) -> bool:
    """Tell whether a person's second factor was confirmed."""
    return bool(row["totp_sealed"]) and not row["totp_sealed"].startswith(_PENDING)


def confirm(place: Place, person_id: str, code: str) -> bool:
    """Check a code of the second factor; each is good once, and for half a minute before and after its own."""
    with place.reception.reading() as connection:
        row = people.by(connection, "person_id", person_id)
    step = _step(place, row, code)
    if row is None or step is None:
        return False
    if not is_set_up(row):
        acts.of_person(place, Act.SECOND_FACTOR_SET, people.person(row), person_id)
    with place.reception.writing() as connection:
        now = people.by(connection, "person_id", person_id)
        if now is None or now["totp_sealed"] != row["totp_sealed"] or step <= now["totp_step"]:
            return False  # somebody was faster with the same code, or the person was invited anew
        sealed = row["totp_sealed"].removeprefix(_PENDING)
        people.change(connection, person_id, {"totp_step": step, "totp_sealed": sealed})
    return True


def _step(place: Place, row: dict[str, Any] | None, code: str) -> int | None:
    """Return the half minute whose code it is, if that may still be shown."""
    if row is None or not row["totp_sealed"]:
        return None
    digits, now = "".join(code.split()).encode(), int(place.now().timestamp()) // STEP_S
    totp = pyotp.TOTP(secrets.unseal(place.workspace, row["totp_sealed"].removeprefix(_PENDING)), interval=STEP_S)
    for step in (now - 1, now, now + 1):
        if step > row["totp_step"] and hmac.compare_digest(totp.generate_otp(step).encode(), digits):
            return step
    return None
