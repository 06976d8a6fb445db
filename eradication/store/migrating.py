"""Running Alembic inside a transaction that is open already, so that all missing migrations happen or none."""

from sqlalchemy import Connection

from eradication.errors import N_, StorageFailed

MIGRATIONS = "eradication.store:migrations"
"""Where Alembic finds the migrations."""


def upgrade(connection: Connection, where: str, *, scripts: str = MIGRATIONS, schema: str | None = None) -> None:
    """Apply the migrations that are missing to ``connection``.

    Args:
        connection: has begun its writing transaction.
        where: file or server, for the error.
        scripts: folder of migrations, as Alembic names it.
        schema: where the tables are, on a server.

    Raises:
        StorageFailed: ``store_newer``.
    """
    # Most runs need no migration, and importing Alembic takes a tenth of a second.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", scripts)
    config.attributes.update(connection=connection, schema=schema)
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StorageFailed(
            "store_newer",
            N_("The store was written by a newer version of this program."),
            where=where,
            hint=N_("Install the newer version on this machine too."),
        ) from error
