"""A private PostgreSQL server with PostGIS for one test run: in a temporary folder, on loopback, gone afterwards."""

import contextlib
import itertools
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from eradication import config

DATABASE = "test"
LONGEST_S = 60.0
"""How long a server may take to start or to stop."""

SMALL: Mapping[str, str] = {
    "shared_buffers": "16MB",
    "max_connections": "40",
    "max_wal_size": "64MB",
    "fsync": "on",
    "log_min_messages": "fatal",
    "lc_messages": "C",
}
"""A server for tests: one for each process that runs them."""
OFFICE: Mapping[str, str] = {
    **SMALL,
    "shared_buffers": "1GB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
}
"""A server as the runbook sets it up (section 5); what it does not name is PostgreSQL's own."""


def programs() -> Path | None:
    """Folder of the newest server programs that come with PostGIS, or ``None``."""
    on_path = shutil.which("postgres")
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *([Path(on_path).parent] if on_path else [])]
    whole = [folder for folder in folders if _has_postgis(folder)]
    return max(whole, key=lambda folder: (folder.parent.name.zfill(4), str(folder)), default=None)


def _has_postgis(folder: Path) -> bool:
    if not all((folder / name).exists() for name in ("initdb", "postgres", "pg_config")):
        return False
    said = subprocess.run([folder / "pg_config", "--sharedir"], capture_output=True, text=True, check=False)
    return said.returncode == 0 and (Path(said.stdout.strip()) / "extension" / "postgis.control").exists()


def why_not() -> str:
    """Return why no server can be started here, empty if one can."""
    if programs() is None:
        return "no PostgreSQL with PostGIS here: install postgresql-postgis"
    if os.geteuid() == 0 and _user() is None:
        return "running as root, and there is no user 'postgres' to run a server as"
    return ""


def _user() -> pwd.struct_passwd | None:
    """The user a server runs as, where that is not this one: PostgreSQL refuses to run as root."""
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return None


@dataclass
class Cluster:
    """One server: its folder, its port, its password."""

    folder: Path
    bin: Path
    settings: Mapping[str, str] = field(default_factory=lambda: SMALL)
    port: int = 0
    password: str = field(default_factory=lambda: secrets.token_hex(8))
    process: subprocess.Popen[bytes] | None = None
    watcher: subprocess.Popen[bytes] | None = None
    schemas: Iterator[int] = field(default_factory=itertools.count)

    @property
    def url(self) -> str:
        """Address of the database ``test``, password and all."""
        return self.url_of(DATABASE)

    def url_of(self, database: str, user: str = "postgres", password: str = "") -> str:
        """Address of a database."""
        return f"postgresql+psycopg://{user}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def place(self) -> config.Store:
        """Settings of a store in a schema that was not given out yet."""
        return config.Store(self.url, f"ws_{next(self.schemas)}")

    def connect(self, database: str = DATABASE) -> psycopg.Connection[Any]:
        """Connect as the superuser; every statement is its own transaction."""
        return psycopg.connect(self.url_of(database).replace("+psycopg", ""), autocommit=True)

    def run(self, *statements: str | sql.Composed, database: str = DATABASE) -> None:
        """Run statements as the superuser."""
        with contextlib.closing(self.connect(database)) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[arg-type]

    def make(self) -> None:
        """Make the cluster's files, start it and make its database."""
        secret = self.folder / "password"
        secret.write_text(self.password)
        if os.geteuid() == 0:
            for path in (self.folder, secret):
                shutil.chown(path, "postgres", "postgres")
        self._as_user(
            *("initdb", "--pgdata", self.folder / "data", "--username", "postgres", "--pwfile", secret),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"),
        )
        self.start()
        self.run(f"CREATE DATABASE {DATABASE}", database="postgres")
        self.run("CREATE EXTENSION postgis")

    def _spawn(self, *words: object) -> subprocess.Popen[bytes]:
        user = _user() if os.geteuid() == 0 else None
        who: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        log = (self.folder / "log").open("ab")
        with log:
            command = [str(self.bin / str(words[0])), *map(str, words[1:])]
            return subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **who)

    def _as_user(self, *words: object) -> None:
        done = self._spawn(*words).wait(LONGEST_S)
        assert done == 0, (self.folder / "log").read_text()

    def start(self) -> None:
        """Start the server, on the port it had before if it had one, and wait until it answers."""
        self.port = self.port or free_port()
        settings = {
            **self.settings,
            "listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": str(self.folder),
        }  # fmt: skip
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        began = time.monotonic()
        while True:
            if self.process is None or self.process.poll() is not None:
                # A server that was killed leaves children that still hold its memory for a moment.
                self.process = self._spawn("postgres", "-D", self.folder / "data", *options)
            try:
                self.connect("postgres").close()
                break
            except psycopg.OperationalError:
                assert time.monotonic() - began < LONGEST_S, (self.folder / "log").read_text()
                time.sleep(0.1)
        self._watch()

    def _watch(self) -> None:
        """Stop the server also if this process is killed: then the pipe closes."""
        assert self.process is not None
        script = 'cat >/dev/null; kill -QUIT "$1" && sleep 5; rm -rf "$2"'
        command = ["sh", "-c", script, "watcher", str(self.process.pid), str(self.folder)]
        self.watcher = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0)

    def _unwatch(self) -> None:
        if self.watcher is not None:
            os.killpg(self.watcher.pid, signal.SIGKILL)
            self.watcher.communicate()
            self.watcher = None

    def kill(self) -> None:
        """Kill the server as a power cut would: no goodbye to anyone.

        Its children are killed too: one that is not could still answer a commit before it notices.
        """
        assert self.process is not None
        self._unwatch()
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        self.process.wait(LONGEST_S)
        psutil.wait_procs(children, timeout=2)

    def stop(self) -> None:
        """Stop the server and remove its files."""
        self._unwatch()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(LONGEST_S)
        shutil.rmtree(self.folder, ignore_errors=True)


def new_cluster(settings: Mapping[str, str] = SMALL) -> Cluster:
    """Make and start a server; whoever asks for it stops it."""
    found = programs()
    assert found is not None, why_not()
    # Not below pytest's own folder, which only this user may enter.
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="eradication-postgres-", dir=_home())), found, settings)
    try:
        cluster.make()
    except BaseException:
        cluster.stop()
        raise
    return cluster


def _home() -> str | None:
    """Memory where there is plenty: a store is 30 files to a server, and a busy disk takes a second for each store."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 2 << 30 else None


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
