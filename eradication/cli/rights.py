"""Commands of the store on a server: which roles of its database may read what."""

from typing import Annotated

import typer

from eradication.cli import rights_text
from eradication.cli.groups import group
from eradication.cli.shell import Shell
from eradication.errors import N_
from eradication.pipeline import rights


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _ = shell.translate
    store = group(app, "store", _(N_("The store: where it is, and who may read it.")))

    @store.command("grant", help=_(N_("Let a role of the server's database read one unit's rows, or everything.")))
    def grant(
        role: Annotated[str, typer.Option(metavar="ROLE", help=_(N_("Role of the database; it must exist.")))],
        unit: Annotated[str | None, typer.Option(help=_(N_("Unit whose rows it may read.")))] = None,
        everything: Annotated[bool, typer.Option("--all", help=_(N_("Everything: the province's program.")))] = False,
        only_print: Annotated[bool, typer.Option("--print", help=_(N_("Only print the SQL; run nothing.")))] = False,
    ) -> None:
        with shell.workspace() as workspace:
            answer = rights.grant(workspace, role, unit, everything=everything, run=not only_print)
        shell.answer(answer, rights_text.granted)

    @store.command("revoke", help=_(N_("Let a role of the server's database read nothing any more.")))
    def revoke(
        role: Annotated[str, typer.Option(metavar="ROLE", help=_(N_("Role of the database.")))],
        only_print: Annotated[bool, typer.Option("--print", help=_(N_("Only print the SQL; run nothing.")))] = False,
    ) -> None:
        with shell.workspace() as workspace:
            answer = rights.revoke(workspace, role, run=not only_print)
        shell.answer(answer, rights_text.revoked)

    @store.command("grants", help=_(N_("List the roles of the server's database that may read, and what.")))
    def grants() -> None:
        with shell.workspace() as workspace:
            shell.answer(rights.listed(workspace), rights_text.listed)
