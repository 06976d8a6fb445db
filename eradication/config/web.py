"""What may be set about the web application: who is let in how often, how long, and how much may be handed in."""

from dataclasses import dataclass

from eradication.config.setting import setting as _set
from eradication.errors import N_


@dataclass(frozen=True, slots=True)
class Web:
    """The web application: sessions, limits, another identity provider."""

    hosts: tuple[str, ...] = _set(
        (), N_('Names under which browsers reach the server, e.g. ["eradication.sonla.gov.vn"]; empty = any.')
    )
    session_hours: int = _set(12, N_("A session ends after so many hours, however busy."), span=(1, 168))
    idle_minutes: int = _set(120, N_("A session ends after so many minutes without a request."), span=(5, 1440))
    sign_in_tries: int = _set(8, N_("Wrong passwords for one account within a quarter of an hour."), span=(3, 100))
    address_tries: int = _set(60, N_("Wrong passwords from one address within a quarter of an hour."), span=(3, 10000))
    requests_a_minute: int = _set(1200, N_("Requests of one person or device within a minute."), span=(10, 1_000_000))
    exports_a_day: int = _set(10, N_("Bulk exports of one person within a day."), span=(1, 1000))
    body_mb: int = _set(200, N_("Largest file handed in, in MB; of any other request 1 MB is read."), span=(1, 10_000))
    body_s: int = _set(30, N_("A request that sends next to nothing for so many seconds is ended."), span=(1, 600))
    unfinished_gb: float = _set(5.0, N_("Unfinished uploads of all people together, in GB."), span=(0.01, 1000.0))
    map_hours: int = _set(
        12, N_("A token for QGIS of somebody with a second factor is good for so many hours."), span=(1, 72)
    )
    today_hours: int = _set(48, N_("A telephone forgets the list of the day after so many hours."), span=(1, 168))
    cell_km: float = _set(1.0, N_("Side of the cells in which others' patrols are shown, in km."), span=(1.0, 100.0))
    cell_least: int = _set(5, N_("Cells with fewer patrols than this are not shown."), span=(5, 1000))
    delay_hours: int = _set(72, N_("Others' patrols are shown so many hours after their return."), span=(72, 8760))
    job_lease_s: float = _set(
        60.0, N_("A job whose worker was not heard of for so many seconds is taken up by another."), span=(1.0, 3600.0)
    )
    job_attempts: int = _set(5, N_("A job that was begun so often without an end is given up."), span=(1, 100))
    job_pause_s: float = _set(
        10.0,
        N_("A job that met a full disk or a busy store waits so many seconds, then twice as long …"),
        span=(0.1, 900.0),
    )
    job_days: int = _set(30, N_("Jobs that are over are listed for so many days."), span=(1, 3650))
    oidc_issuer: str = _set("", N_("Address of another identity provider (OpenID Connect); empty = none."))
    oidc_client: str = _set("", N_("Name of this application there."))
    oidc_secret_file: str = _set("", N_("File with the secret agreed with it; relative to the workspace."))
    oidc_trusts_mfa: bool = _set(
        False, N_("true = whom it says it asked for a second factor is not asked for one here again.")
    )
    judged_twice_share: float = _set(
        0.1,
        N_("Share of candidates that a second reviewer judges without knowing what the first one said."),
        span=(0.0, 1.0),
    )
    imagery: tuple[str, ...] = _set(
        (), N_("Catalogs (paths or addresses) that may be scored from the web application; empty = none.")
    )
