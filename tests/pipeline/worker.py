"""One worker of a server: ``python worker.py FOLDER INBOX NAME`` takes in files, asks, closes a period.

Prints a line for every file that was acknowledged. Other workers do the same in the same folder at the same time.
"""

import json
import sys
import time
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from eradication.cli import main

PATIENCE = 30
"""How often a worker that finds the store busy tries again."""


def call(folder: Path, *words: object) -> tuple[int, dict]:
    for _ in range(PATIENCE):
        said = StringIO()
        with redirect_stdout(said):
            code = main(["--json", "--workspace", str(folder), *map(str, words)])
        answer = json.loads(said.getvalue())
        if answer.get("error", {}).get("kind") != "store_locked":
            break
        time.sleep(0.2)
    return code, answer


def work(folder: Path, inbox: Path, name: str) -> None:
    for file in sorted(inbox.glob(f"{name}-*")) + sorted(inbox.glob("all-*")):
        kind = "patrols" if file.suffix == ".gpx" else "visits"
        code, answer = call(folder, kind, "import", file)
        rows = answer.get("files") or answer.get("visits") or []
        assert code == 0, answer
        print(file.name, *sorted({row["status"] for row in rows}), flush=True)
        if not file.name.startswith("all-"):
            assert call(folder, "ledger", "--season", "2025-2026")[0] == 0
    code, answer = call(folder, "period", "close", "2026-Q1", "--by", name)
    print("closed" if code == 0 else answer["error"]["kind"], flush=True)


if __name__ == "__main__":
    work(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
