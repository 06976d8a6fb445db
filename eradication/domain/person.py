"""People who use the web application, and what they may be: several roles at once, within a unit and some communes."""

import re
from dataclasses import dataclass

from eradication.domain.codes import Code
from eradication.errors import N_, UnusableInput

OFFICER_CODE = "[A-Za-z]{0,6}[-.]?[0-9]{1,6}"
"""Pattern of the code of an officer, as forms take it."""
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


class Role(Code):
    """What a person may do; a route names the roles it is for."""

    PATROL = "patrol", "tuần tra"
    REVIEWER = "reviewer", "rà soát"
    VERIFIER = "verifier", "phúc tra"
    OFFICER = "officer", "cán bộ chốt kỳ"
    ANALYST = "analyst", "phân tích"
    ADMINISTRATOR = "administrator", "quản trị"
    AUDITOR = "auditor", "kiểm toán"


class Scope(Code):
    """What a device's token may do."""

    SUBMIT = "submit", "gửi"
    READ = "read", "đọc"
    METRICS = "metrics", "số đo"
    MAP = "map", "bản đồ trong QGIS"


class Act(Code):
    """What is done with a person, or with a person's device; each is on record before it takes effect."""

    LET_IN = "let_in", "cho vào"
    CHANGED = "changed", "đổi vai trò, đơn vị, phạm vi"
    INVITED = "invited", "mời lại"
    INVITATION_USED = "invitation_used", "dùng đường mời: đặt lại mật khẩu và yếu tố thứ hai"
    SECOND_FACTOR_SET = "second_factor_set", "đặt yếu tố thứ hai"
    LINKED = "linked", "nối với nơi định danh khác"
    UNLINKED = "unlinked", "thôi nối với nơi định danh khác"
    DISABLED = "disabled", "không cho vào nữa"
    ISSUED = "issued", "cấp mã thiết bị"
    REVOKED = "revoked", "hủy mã thiết bị"


NEEDS_SECOND_FACTOR = frozenset(Role) - {Role.PATROL}
"""Whoever has one of these signs in with a second factor."""
SEES_TRACKS = frozenset({Role.ANALYST})
"""Roles that see the tracks of all units exactly; others see their own unit's, and cells of the rest."""
SEES_PLOTS = frozenset({Role.REVIEWER, Role.VERIFIER, Role.OFFICER, Role.ANALYST})
"""Roles that see the plots of all units exactly."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in."""

    person_id: str
    """``p-`` and 8 hex digits: the pseudonym that events bear."""
    login: str
    roles: frozenset[Role]
    unit: str = ""
    """Code of the unit; empty = of none."""
    communes: tuple[str, ...] = ()
    """Codes; empty = all."""
    officer_code: str = ""
    """The pseudonymous code that stands in forms."""
    language: str = "vi"
    disabled: bool = False

    @property
    def needs_second_factor(self) -> bool:
        """Whether a password alone is not enough."""
        return bool(self.roles & NEEDS_SECOND_FACTOR)


def login_of(text: str) -> str:
    """Return a login in the form in which it is kept.

    Raises:
        UnusableInput: ``bad_login``.
    """
    login = text.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise UnusableInput(
            "bad_login",
            N_("'{login}' cannot be a name to sign in with."),
            hint=N_("Use 2 to 40 small letters, digits, '.', '_' or '-', the first a letter or digit; no real name."),
            values={"login": text[:60]},
        )
    return login


def officer_code_of(text: str) -> str:
    """Return the code that stands in forms, as it is kept; empty = none.

    Raises:
        UnusableInput: ``bad_officer_code``: no form would take it.
    """
    code = text.strip()
    if code and not re.fullmatch(OFFICER_CODE, code):
        raise UnusableInput(
            "bad_officer_code",
            N_("'{code}' is no officer code that forms take."),
            hint=N_("Up to 6 letters and up to 6 digits, e.g. CB012; no name."),
            values={"code": code[:60]},
        )
    return code


def roles_of(words: object) -> frozenset[Role]:
    """Read role codes.

    Raises:
        UnusableInput: ``unknown_role``, ``no_role_given``.
    """
    given = [str(word).strip() for word in (words if isinstance(words, (list, tuple, set, frozenset)) else [words])]
    unknown = [word for word in given if word not in set(Role)]
    if unknown or not given:
        raise UnusableInput(
            "unknown_role" if unknown else "no_role_given",
            N_("'{role}' is no role.") if unknown else N_("No role is given."),
            hint=N_("Roles are: {known}."),
            values={"role": ", ".join(unknown)[:60], "known": ", ".join(Role)},
        )
    return frozenset(Role(word) for word in given)
