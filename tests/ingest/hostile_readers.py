"""Readers that misbehave; the sandbox loads them by folder, as it would a plug-in."""

import ctypes
import os
import socket
import time
from pathlib import Path
from typing import Any

from eradication.errors import RefusedInput, StorageFailed


def size(path: Path, options: dict[str, Any]) -> Any:
    return {"size": path.stat().st_size, "name": path.name, "options": options}


def arrays(path: Path, options: dict[str, Any]) -> Any:
    from array import array

    import numpy as np

    return {
        "doubles": array("d", [1.5, float("nan")]),
        "grid": np.arange(6, dtype="int16").reshape(2, 3)[:, ::-1],
        "bytes": b"\x00\xff",
        "$array": {"$dict": [1, "ắ"]},
    }


def odd(path: Path, options: dict[str, Any]) -> Any:
    return object()


def surroundings(path: Path, options: dict[str, Any]) -> Any:
    return {
        "environment": sorted(os.environ),
        "folder": os.listdir("."),
        "stdin": os.readlink("/proc/self/fd/0"),
        "modules": sorted(__import__("sys").modules),
    }


def connect(path: Path, options: dict[str, Any]) -> Any:
    with socket.create_connection(("127.0.0.1", options["port"]), timeout=2):
        return "connected"


def launch(path: Path, options: dict[str, Any]) -> Any:
    os.execv("/bin/sh", ["sh", "-c", "true"])


def sleep(path: Path, options: dict[str, Any]) -> Any:
    time.sleep(60)


def sleep_in_child(path: Path, options: dict[str, Any]) -> Any:
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    Path("child").write_text(str(child))
    time.sleep(60)


def spin(path: Path, options: dict[str, Any]) -> Any:
    while True:
        pass


def hog(path: Path, options: dict[str, Any]) -> Any:
    return [bytes(64 * 1024 * 1024) for _ in range(10_000)]


def flood(path: Path, options: dict[str, Any]) -> Any:
    return bytes(8 * 1024 * 1024)


def fill_disk(path: Path, options: dict[str, Any]) -> Any:
    with open("big", "wb") as file:
        for _ in range(100):
            file.write(bytes(1024 * 1024))


def crash(path: Path, options: dict[str, Any]) -> Any:
    ctypes.string_at(0)


def leave(path: Path, options: dict[str, Any]) -> Any:
    os._exit(3)


def scribble(path: Path, options: dict[str, Any]) -> Any:
    print("noise on standard output", flush=True)
    return "clean"


def refuse(path: Path, options: dict[str, Any]) -> Any:
    raise RefusedInput("bad_day", "Line {line} is bad.", where="line 7", hint="Mend it.", values={"line": 7})


def fail(path: Path, options: dict[str, Any]) -> Any:
    raise StorageFailed("full", "No room.")


def open_file(path: Path, options: dict[str, Any]) -> Any:
    with open(options["file"], options["mode"]) as file:
        return file.read() if options["mode"] == "r" else file.write("x")


def raise_key_error(path: Path, options: dict[str, Any]) -> Any:
    raise KeyError("x")


def touch(path: Path, options: dict[str, Any]) -> Any:
    path.write_bytes(b"changed")


def drivers(path: Path, options: dict[str, Any]) -> Any:
    import pyogrio

    return sorted(pyogrio.list_drivers())


def layer(path: Path, options: dict[str, Any]) -> Any:
    import pyogrio

    return pyogrio.read_info(path)["layer_name"]
