"""Tables of the reception, the same for SQLite and PostgreSQL. Times are UTC ISO texts, as :func:`iso` writes."""

from sqlalchemy import Column, Index, MetaData, Table, UniqueConstraint

from eradication.store.columns import Real, Whole, Words

VERSION = "1"
"""Of these tables; a program refuses those of a newer one."""

metadata = MetaData()


def _text(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    return Column(name, Words, primary_key=key, nullable=null)


about = Table("about", metadata, _text("name", key=True), _text("value"))

people = Table(
    "people",
    metadata,
    _text("person_id", key=True),
    Column("login", Words, nullable=False, unique=True),
    _text("roles"),
    _text("unit"),
    _text("communes"),
    _text("officer_code"),
    _text("language"),
    _text("password_hash"),
    _text("totp_sealed"),
    Column("totp_step", Whole, nullable=False),
    Column("subject", Words, nullable=True, unique=True),
    _text("made_at"),
    _text("disabled_at", null=True),
)
"""``password_hash`` is empty until an invitation was taken; ``totp_sealed`` until the second factor was set up;
``subject`` is the issuer and the name at another identity provider."""

invitations = Table(
    "invitations",
    metadata,
    _text("token_hash", key=True),
    _text("person_id"),
    _text("expires_at"),
    _text("used_at", null=True),
)

sessions = Table(
    "sessions",
    metadata,
    _text("token_hash", key=True),
    _text("person_id"),
    _text("language"),
    _text("made_at"),
    _text("seen_at"),
    _text("expires_at"),
    Column("second_factor", Whole, nullable=False),
    Index("sessions_of_person", "person_id"),
)

devices = Table(
    "devices",
    metadata,
    _text("device_id", key=True),
    _text("person_id"),
    _text("name"),
    _text("scopes"),
    _text("token_hash"),
    _text("made_at"),
    _text("seen_at", null=True),
    _text("revoked_at", null=True),
    Index("devices_of_person", "person_id"),
)

tries = Table(
    "tries",
    metadata,
    _text("what", key=True),
    Column("since_s", Real, nullable=False),
    Column("count", Whole, nullable=False),
)

hand_ins = Table(
    "hand_ins",
    metadata,
    _text("hand_in_id", key=True),
    _text("content", key=True),
    Column("number", Words, nullable=False, unique=True),
    _text("channel"),
    _text("person_id"),
    _text("device_id"),
    _text("unit"),
    _text("received_at"),
    _text("state"),
    _text("receipt"),
    _text("answer"),
    Column("conflict", Whole, nullable=False),
    Index("hand_ins_of_person", "person_id", "received_at"),
    Index("hand_ins_by_state", "state", "received_at"),
)

hand_in_files = Table(
    "hand_in_files",
    metadata,
    _text("hand_in_id", key=True),
    _text("content", key=True),
    Column("position", Whole, primary_key=True),
    _text("sha256"),
    Column("bytes", Whole, nullable=False),
    _text("name"),
    _text("media"),
)

jobs = Table(
    "jobs",
    metadata,
    _text("job_id", key=True),
    Column("once_key", Words, nullable=True, unique=True),
    _text("kind"),
    _text("body"),
    _text("state"),
    _text("owner"),
    Column("lease_until_s", Real, nullable=False),
    Column("not_before_s", Real, nullable=False),
    Column("attempts", Whole, nullable=False),
    Column("waits", Whole, nullable=False),
    _text("stage"),
    Column("done", Whole, nullable=False),
    Column("total", Whole, nullable=False),
    Column("cancel", Whole, nullable=False),
    _text("asked_by"),
    _text("made_at"),
    _text("begun_at", null=True),
    _text("ended_at", null=True),
    _text("answer"),
    _text("error"),
    Index("jobs_by_state", "state", "made_at"),
)
"""``once_key``: asking twice for one work gives one job. ``attempts``: how often it was begun and nobody said how it
ended; ``waits``: how often a failure that passes put it back. Both times of a lease are POSIX."""

looks = Table(
    "looks",
    metadata,
    Column("look_id", Whole, primary_key=True, autoincrement=True),
    _text("person_id"),
    _text("plot_id"),
    _text("how"),
    _text("seen_at"),
    _text("told_in", null=True),
    Index("looks_untold", "told_in", "look_id"),
    Index("looks_of_person", "person_id", "how", "seen_at"),
    Index("looks_of_plot", "plot_id", "seen_at"),
)
"""``told_in``: the event of the ledger that tells of the look; while it is being told, the batch that it is part of."""

numbers = Table(
    "numbers", metadata, _text("book", key=True), Column("last", Whole, nullable=False), UniqueConstraint("book")
)
"""The last number given in each book of receipts."""
