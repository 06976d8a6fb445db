"""Groups of commands that several parts of the shell bring commands to."""

import typer


def group(app: typer.Typer, name: str, help_text: str) -> typer.Typer:
    """Return the group ``name`` of ``app``: the one that is there, or a new one."""
    for known in app.registered_groups:
        if known.name == name and known.typer_instance is not None:
            return known.typer_instance
    made = typer.Typer(help=help_text, no_args_is_help=True)
    app.add_typer(made, name=name)
    return made
