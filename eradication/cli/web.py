"""Commands of the web application: serving it, its people, and their devices."""

from typing import Annotated

import typer

from eradication.cli import web_text
from eradication.cli.groups import group
from eradication.cli.shell import Shell
from eradication.errors import N_


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _serve(app, shell)
    _users(app, shell)
    _devices(app, shell)


def _serve(app: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @app.command("serve", help=_(N_("Serve the web application: pages, the telephone's part, interfaces.")))
    def serve(
        host: Annotated[str, typer.Option(help=_(N_("Address to answer at; 0.0.0.0 = all.")))] = "127.0.0.1",
        port: Annotated[int, typer.Option(min=1, max=65535, help=_(N_("Port.")))] = 8080,
        tls: Annotated[
            bool, typer.Option("--tls", help=_(N_("Encrypt, with a certificate of this workspace's own authority.")))
        ] = False,
        *,
        new_authority: Annotated[
            bool, typer.Option("--new-authority", help=_(N_("Make that authority anew: every telephone installs it.")))
        ] = False,
        workers: Annotated[int, typer.Option(min=1, max=64, help=_(N_("Processes that answer.")))] = 1,
        no_worker: Annotated[
            bool, typer.Option("--no-worker", help=_(N_("Start no process for long work; run `eradication worker`.")))
        ] = False,
        behind_proxy: Annotated[
            str, typer.Option(metavar="ADDRESS", help=_(N_("Address of a reverse proxy that does the encryption.")))
        ] = "",
    ) -> None:
        from eradication.pipeline.reception import founding, place  # the web application's libraries are an extra
        from eradication.web import serving

        how = serving.Serving(host, port, tls, new_authority, workers, not no_worker, behind_proxy)
        serving.check_encrypted(how)
        serving.check_free(how)
        with shell.workspace() as workspace, place.reception_of(workspace) as here:
            own = serving.certificate(shell.folder, how, workspace.settings.web.hosts)
            first = founding.first_invitation(here)
        hears = serving.is_logged()  # what is printed is kept for all who read logs
        link = f"{how.address}/signin?invite={first['invitation']}" if first and not hears else ""
        answer = {"address": how.address, "workspace": str(shell.folder), "administrator_link": link}
        told = {"login": first["login"] if first else "", "left_out": list(own.left_out) if own else []}
        shell.answer(answer | told, web_text.serving)
        serving.serve(shell.folder, how, own)


def _users(app: typer.Typer, shell: Shell) -> None:
    _ = shell.translate
    users = group(app, "users", _(N_("People of the web application.")))

    _let_in(users, shell)
    _change(users, shell)
    _link(users, shell)

    @users.command("list", help=_(N_("List everybody who may or might come in.")))
    def listed() -> None:
        from eradication.pipeline.reception import people, place

        with place.opened_place(shell.folder) as here:
            shell.answer(people.listed(here), web_text.people)

    @users.command("disable", help=_(N_("Let somebody in no more; sessions and devices end at once.")))
    def disable(login: Annotated[str, typer.Argument(help=_(N_("Name to sign in with.")))]) -> None:
        from eradication.pipeline.reception import place, standing

        with place.opened_place(shell.folder) as here:
            shell.answer(standing.disable(here, login), web_text.disabled)

    @users.command("invite", help=_(N_("Invite somebody anew: password and second factor are set up again.")))
    def invite(login: Annotated[str, typer.Argument(help=_(N_("Name to sign in with.")))]) -> None:
        from eradication.pipeline.reception import people, place

        with place.opened_place(shell.folder) as here:
            shell.answer(people.invite(here, login), web_text.invited)


def _let_in(users: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @users.command("add", help=_(N_("Let somebody in; prints a one-time invitation.")))
    def add(
        login: Annotated[str, typer.Argument(help=_(N_("Name to sign in with; no real name.")))],
        role: Annotated[list[str], typer.Option(help=_(N_("Role; several are possible.")))],
        unit: Annotated[str, typer.Option(help=_(N_("Unit.")))] = "",
        commune: Annotated[list[str] | None, typer.Option(help=_(N_("Commune codes; none = all.")))] = None,
        officer_code: Annotated[str, typer.Option(help=_(N_("Pseudonymous code that stands in forms.")))] = "",
        subject: Annotated[str, typer.Option(help=_(N_("Name at another identity provider.")))] = "",
    ) -> None:
        from eradication.pipeline.reception import oidc, people, place

        with place.opened_place(shell.folder) as here:
            language = here.workspace.settings.workspace.language
            wanted = people.Wanted(login, role, unit, commune or (), officer_code, language)
            if subject:
                oidc.check(here, subject)
            answer = people.add(here, wanted)
            if subject:
                oidc.link(here, login, subject)
            shell.answer(answer, web_text.invited)


def _change(users: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @users.command("change", help=_(N_("Give somebody other roles, another unit; what is not named stays.")))
    def change(
        login: Annotated[str, typer.Argument(help=_(N_("Name to sign in with.")))],
        role: Annotated[list[str] | None, typer.Option(help=_(N_("All roles from now on; several.")))] = None,
        unit: Annotated[str | None, typer.Option(help=_(N_("Unit; '' = none.")))] = None,
        commune: Annotated[list[str] | None, typer.Option(help=_(N_("Commune codes; '' = all.")))] = None,
        officer_code: Annotated[str | None, typer.Option(help=_(N_("Pseudonymous code; '' = none.")))] = None,
    ) -> None:
        from eradication.pipeline.reception import place, standing

        communes = None if commune is None else [code for code in commune if code]
        with place.opened_place(shell.folder) as here:
            changed = standing.Changed(role, unit, communes, officer_code)
            shell.answer(standing.change(here, login, changed), web_text.changed)


def _link(users: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @users.command("link", help=_(N_("Let somebody sign in by another identity provider; ends their sessions.")))
    def link(
        login: Annotated[str, typer.Argument(help=_(N_("Name to sign in with.")))],
        subject: Annotated[str, typer.Option(help=_(N_("Name at another identity provider; none = no more.")))] = "",
    ) -> None:
        from eradication.pipeline.reception import oidc, place

        with place.opened_place(shell.folder) as here:
            shell.answer(oidc.link(here, login, subject), web_text.linked)


def _devices(app: typer.Typer, shell: Shell) -> None:
    _ = shell.translate
    group_of_devices = group(app, "devices", _(N_("Tokens of telephones and programs.")))

    @group_of_devices.command("add", help=_(N_("Give a person's device a token; it is printed once.")))
    def add(
        login: Annotated[str, typer.Argument(help=_(N_("Whose device it is.")))],
        name: Annotated[str, typer.Option(help=_(N_("What it is.")))] = "",
        scope: Annotated[list[str] | None, typer.Option(help=_(N_("submit, read or metrics; several.")))] = None,
    ) -> None:
        from eradication.pipeline.reception import devices, place

        with place.opened_place(shell.folder) as here:
            shell.answer(devices.issue(here, login, name, scope or ["submit"]), web_text.issued)

    @group_of_devices.command("list", help=_(N_("List devices with a token.")))
    def listed() -> None:
        from eradication.pipeline.reception import devices, place

        with place.opened_place(shell.folder) as here:
            shell.answer(devices.listed(here), web_text.devices)

    @group_of_devices.command("revoke", help=_(N_("Make a device's token void.")))
    def revoke(device: Annotated[str, typer.Argument(help=_(N_("Name of the device, dev-…")))]) -> None:
        from eradication.pipeline.reception import devices, place

        with place.opened_place(shell.folder) as here:
            shell.answer(devices.revoke(here, device), web_text.revoked)
