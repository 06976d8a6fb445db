"""What runs keep of the imagery, and for how long."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

KEPT_DAYS = 60
"""A season's blocks take gigabytes; asked for again after longer than this they are read anew."""

_USED = "used"


def tidy(scans: Path, used: Sequence[Path]) -> None:
    """Note that folders of ``scans`` are used, and remove those that no run has used for :data:`KEPT_DAYS`."""
    for folder in used:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _USED).touch()
    oldest = time.time() - KEPT_DAYS * 86_400
    for stamp in scans.glob(f"*/{_USED}"):
        if stamp.parent not in used and stamp.stat().st_mtime < oldest:
            shutil.rmtree(stamp.parent, ignore_errors=True)
