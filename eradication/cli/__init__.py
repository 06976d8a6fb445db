"""The command line: parse, call the pipeline, render. What it promises to other programs is in ``docs/cli.md``."""

from eradication.cli.app import main

__all__ = ["main"]
