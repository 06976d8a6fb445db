"""The pictures of the guides can be taken again: every screen they show is reached on a real server."""

from pathlib import Path

import pytest
from e2e import browser, phone_pictures

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_pictures_of_the_guides_are_those_that_are_taken(demo_folder, tmp_path):
    if browser.executable() is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    taken = phone_pictures.take(demo_folder, tmp_path)
    assert sorted(taken) == sorted(path.name for path in DOCS.glob("phone-*.png"))
