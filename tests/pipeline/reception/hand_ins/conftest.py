"""A place and people to hand in, over a store in a file and on a server."""

import pytest
from handset import somebody

from eradication.pipeline.reception.place import reception_of
from eradication.pipeline.workspace import created, settings_for


@pytest.fixture
def place(office):
    """The reception of a small office."""
    with reception_of(office) as place:
        yield place


@pytest.fixture
def me(place):
    """Somebody of BP01 who patrols."""
    return somebody(place)


@pytest.fixture(params=["file", "server"])
def any_folder(request, tmp_path):
    """The folder of a workspace, its store in a file or on a server."""
    server = request.getfixturevalue("server").place() if request.param == "server" else None
    folder = tmp_path / "ws"
    with created(folder, settings_for("Sơn La", server=server)):
        pass
    return folder
