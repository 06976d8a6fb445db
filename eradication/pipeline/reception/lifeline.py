"""A lifeline: a program that another one started ends by itself when that one is gone, even if that was killed.

The program that starts holds one end of a pipe, the other is the standard input of the one that is started. The system
closes the first end with its process, however that ends; nothing is ever written into it.
"""

import os
import subprocess
import threading
from collections.abc import Callable, Sequence

_VARIABLE = "ERADICATION_LIFELINE"


def started(words: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Start a program that ends when this one does, if it calls :func:`watch`."""
    return subprocess.Popen(list(words), stdin=subprocess.PIPE, env=os.environ | {_VARIABLE: "stdin"})


def watch(end: Callable[[], object]) -> None:
    """Call ``end``, from a thread, as soon as the program that started this one is gone; never without a lifeline."""
    if os.environ.pop(_VARIABLE, "") == "stdin":  # taken out: what this program starts has another standard input
        threading.Thread(target=_wait, args=(end,), daemon=True).start()


def _wait(end: Callable[[], object]) -> None:
    while os.read(0, 1):
        pass
    end()
