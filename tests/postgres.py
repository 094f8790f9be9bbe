"""A real PostgreSQL for tests: its own server on a free port, a database per test."""

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from orchestrator.db.schema import migrate
from orchestrator.settings import Settings
from tests.phones.ports import free_tcp_port
from tests.tools import tool

START_SECONDS = 20.0
TEMPLATE = "centrale_template"

# The data of a test need not survive a power cut.
_SERVER_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
}


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server. Databases are cloned from a migrated template, which takes 50 ms."""

    port: int
    password: str
    _made: list[str] = field(default_factory=list)

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database of this server."""
        return f"postgresql://centrale:{self.password}@127.0.0.1:{self.port}/{database}"

    async def create(self, *, migrated: bool) -> str:
        """The name of a new database: empty, or with our schema."""
        name = f"test_{secrets.token_hex(6)}"
        if migrated and TEMPLATE not in self._made:
            await self._run(f"CREATE DATABASE {TEMPLATE}")
            await migrate(Settings(database_url=self.url(TEMPLATE)))
            self._made.append(TEMPLATE)
        await self._run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE if migrated else 'template0'}")
        return name

    async def drop(self, name: str) -> None:
        await self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def connect(self, database: str = "postgres") -> asyncpg.Connection:
        return await asyncpg.connect(
            host="127.0.0.1",
            port=self.port,
            user="centrale",
            password=self.password,
            database=database,
        )

    async def _run(self, statement: str) -> None:
        connection = await self.connect()
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@asynccontextmanager
async def running_postgres() -> AsyncIterator[PostgresServer]:
    """Make a cluster in a temporary folder, run it, and leave nothing of it."""
    folder = Path(tempfile.mkdtemp(prefix="centrale-pg-"))
    server = PostgresServer(free_tcp_port(), secrets.token_hex(16))
    process = None
    try:
        await asyncio.to_thread(_make_cluster, folder, server.password)
        process = _start(folder, server.port)
        await _wait_until_ready(server, process, folder / "log")
        yield server
    finally:
        if process is not None:
            await asyncio.to_thread(_stop, process)
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; root lends it to another user. None: as ourselves."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _spawn(command: list[str], folder: Path, log: Path) -> subprocess.Popen[bytes]:
    user = _user()
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )


def _make_cluster(folder: Path, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    log = folder / "log"
    if user := _user():
        for path in (folder, secret):
            os.chown(path, user.pw_uid, user.pw_gid)
    options = ("--username=centrale", f"--pwfile={secret}", "--auth=scram-sha-256")
    locale = ("--encoding=UTF8", "--no-locale", "--no-sync", f"--pgdata={folder / 'data'}")
    process = _spawn([*tool("initdb"), *options, *locale], folder, log)
    if process.wait(60) != 0:
        raise RuntimeError(f"initdb failed:\n{log.read_text()}")


def _start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    settings = [f"--{name}={value}" for name, value in _SERVER_SETTINGS.items()]
    place = ["-D", str(folder / "data"), "-h", "127.0.0.1", "-p", str(port), "-k", str(folder)]
    return _spawn([*tool("postgres"), *place, *settings], folder, folder / "log")


async def _wait_until_ready(
    server: PostgresServer, process: subprocess.Popen[bytes], log: Path
) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            if process.poll() is not None:
                said = await asyncio.to_thread(log.read_text)
                raise RuntimeError(f"PostgreSQL ended at once:\n{said}")
            try:
                connection = await server.connect()
            except (OSError, asyncpg.CannotConnectNowError):
                await asyncio.sleep(0.05)
            else:
                await connection.close()
                return


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
