"""Checks of this computer alone."""

import contextlib
import sqlite3

from eradication import config
from eradication.errors import N_
from eradication.ingest import sandbox
from eradication.pipeline.health.finding import Finding, fail, ok
from eradication.report.assets.install import installed, wanted


def sqlite() -> Finding:
    """Can SQLite keep a GeoPackage?"""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        options = {row[0] for row in connection.execute("PRAGMA compile_options")}
    found, values = N_("SQLite {version} with R-tree."), {"version": sqlite3.sqlite_version}
    if "ENABLE_RTREE" in options:
        return ok(found, values)
    return fail(
        N_("SQLite {version} without R-tree."), values, N_("Use a Python whose SQLite was built with R-tree.")
    )  # fmt: skip


def isolation() -> Finding:
    """Are files of others read apart?"""
    held = sandbox.isolation(config.Limits())
    found, values = N_("Files are parsed apart: {held}."), {"held": ", ".join(held).replace("_", " ")}
    if {"network_namespace", "seccomp"} & set(held):
        return ok(found, values)
    advice = N_("Files of others would be parsed with network access; run on a Linux kernel with seccomp.")
    return fail(found, values, advice)


def assets() -> Finding:
    """Are the scripts and styles of maps there?"""
    if installed() == wanted():
        return ok(N_("Map assets."))
    return fail(N_("Map assets."), {}, N_("Run `make setup`: maps need their scripts and styles on this computer."))
