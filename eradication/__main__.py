"""The program: as ``eradication``, or as ``python -m eradication``."""

import gc
import sys


def program() -> int:
    """Run the command line and return its exit code."""
    # What is loaded lives as long as the program: to look for cycles among it, while it loads and again at the end, is
    # a quarter of what a short command takes.
    gc.disable()
    from eradication.cli import main

    gc.freeze()
    gc.enable()
    return main()


if __name__ == "__main__":
    sys.exit(program())
