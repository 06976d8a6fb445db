"""Second factors: codes of a telephone that change every half minute (RFC 6238), each good once."""

import hmac
from typing import Any

import pyotp

from eradication.errors import N_, Denied
from eradication.pipeline.reception import secrets
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
    digits = "".join(code.split())
    step_now = int(place.now().timestamp()) // STEP_S
    with place.reception.writing() as connection:
        row = people.by(connection, "person_id", person_id)
        if row is None or not row["totp_sealed"]:
            return False
        sealed = row["totp_sealed"].removeprefix(_PENDING)
        totp = pyotp.TOTP(secrets.unseal(place.workspace, sealed), interval=STEP_S)
        for step in (step_now - 1, step_now, step_now + 1):
            expected = totp.generate_otp(step)
            if step > row["totp_step"] and hmac.compare_digest(expected.encode(), digits.encode()):
                people.change(connection, person_id, {"totp_step": step, "totp_sealed": sealed})
                return True
    return False
