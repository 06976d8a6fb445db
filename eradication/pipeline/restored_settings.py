"""Settings of a restored workspace: where its store is now, all else as it was, comments too."""

import dataclasses
import json
import re
from pathlib import Path

from eradication import config
from eradication.pipeline.workspace import write_whole


def keep_in_file(folder: Path) -> None:
    """Let the store be the file in ``folder``, whatever it was before.

    Raises:
        UnusableInput: ``bad_settings``.
    """
    file = folder / config.FILE_NAME
    if config.load(file).store.url:
        _write(file, config.Store(schema=config.load(file).store.schema))


def _write(file: Path, place: config.Store) -> None:
    text = file.read_text(encoding="utf-8")
    for name in ("url", "schema"):
        line = f"{name} = {json.dumps(getattr(place, name), ensure_ascii=False)}"
        text = re.sub(rf"(?m)^{name}\s*=.*$", line.replace("\\", "\\\\"), text)
    before = config.load(file)
    wanted = dataclasses.replace(before.store, url=place.url, schema=place.schema)
    write_whole(file, text)
    if config.load(file).store != wanted:  # the section is written in another way, or not there
        write_whole(file, config.render(dataclasses.replace(before, store=wanted)))
    if place.url:
        file.chmod(0o600)  # the address may hold a password
