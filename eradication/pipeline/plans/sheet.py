"""The files of a plan: what a patrol takes along. An expired plan is not written any more."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from eradication.errors import N_, UnusableInput
from eradication.pipeline import projection
from eradication.pipeline.plans.record import Made
from eradication.pipeline.workspace import Workspace, check_output, write_whole


def check_folder(workspace: Workspace, out: Path) -> None:
    """Make sure files can be written into a folder, before the work that makes them.

    Raises:
        UnusableInput: ``not_a_folder``, ``protected_path``.
    """
    if out.exists() and not out.is_dir():
        raise UnusableInput(
            "not_a_folder",
            N_("This is a file; a plan is several files."),
            where=str(out),
            hint=N_("Name a folder with --out; it is made if it is not there."),
        )
    check_output(workspace, out / "plan.json")


def write(workspace: Workspace, plans: Sequence[Made], out: Path, now: datetime) -> list[str]:
    """Write the files of plans into a folder and return their paths.

    Raises:
        UnusableInput: ``plan_expired``.
        StorageFailed: the disk refused.
    """
    expired = next((made for made in plans if made.is_expired(now)), None)
    if expired is not None:
        raise UnusableInput(
            "plan_expired",
            N_("The plan {plan} has expired and is not written any more."),
            hint=N_("It says where people would be: make a new one for a day to come."),
            values={"plan": expired.id},
        )
    written = []
    for made in plans:
        path = out / f"{made.unit}-{made.body['day']}-{made.id}.json"
        told = dict(made.body) | {"simulated": projection.is_simulated(workspace)}
        write_whole(path, json.dumps(told, ensure_ascii=False, indent=1))
        written.append(str(path))
    return written
