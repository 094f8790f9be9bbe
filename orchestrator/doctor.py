"""Examines an installation: every part that Centrale needs, and what is wrong with it."""

import asyncio
import os
import resource
import shutil
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import aiohttp

from orchestrator.asterisk.espeak import find_espeak
from orchestrator.asterisk.fetch import find_asterisk
from orchestrator.asterisk.layout import Layout
from orchestrator.asterisk.ports import choose_ports
from orchestrator.asterisk.process import find_running
from orchestrator.db.schema import migrate
from orchestrator.db.session import Database
from orchestrator.errors import CentraleError
from orchestrator.prompts.sets import OURS, SetSource, lines_of, main_language, to_speak
from orchestrator.prompts.shelf import Shelf
from orchestrator.settings import AsteriskMode, Settings
from orchestrator.web.server import require_free

_LEAST_DISK = 1_000_000_000
_LEAST_FILES = 4096
_ANSWER_SECONDS = 5.0
_OURS = (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE)
"""What `/readyz` answers; anything else comes from another program."""
_BY_SESSION = Path("/proc/sys/kernel/sched_autogroup_enabled")


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    ok: bool
    said: str


Examination = Callable[[Settings], Awaitable[str]]
"""Says what is fine, or raises CentraleError or OSError with what is wrong."""


async def examine(settings: Settings) -> list[Finding]:
    """Look at every part; a part that is wrong does not keep the others from being looked at."""
    examinations: tuple[tuple[str, Examination], ...] = (
        ("run-time folder", _home),
        ("disk", _disk),
        ("open files", _files),
        ("scheduler", _scheduler),
        ("database", _database),
        ("Asterisk", _asterisk),
        ("prompts", _prompts),
        ("network", _network),
        ("running", _running),
    )
    findings = []
    for what, look in examinations:
        try:
            findings.append(Finding(what, ok=True, said=await look(settings)))
        except CentraleError as error:
            findings.append(Finding(what, ok=False, said=error.message))
        except OSError as error:
            findings.append(Finding(what, ok=False, said=str(error)))
    return findings


class _Wrong(CentraleError):
    id = "wrong"


async def _home(settings: Settings) -> str:
    home = settings.home.absolute()
    Layout.of(home)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(home, os.W_OK | os.X_OK):
        raise _Wrong(f"{home} cannot be written to")
    if home.stat().st_mode & 0o077:
        raise _Wrong(f"{home} is open to other users: chmod 700 {home}")
    return str(home)


async def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(settings.home.absolute()).free
    if free < _LEAST_DISK:
        raise _Wrong(f"only {free // 1_000_000} MB are free; recordings and the journal need room")
    return f"{free // 1_000_000_000} GB free"


async def _files(_: Settings) -> str:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < _LEAST_FILES:
        raise _Wrong(f"at most {hard} are allowed; each call needs about six")
    return "unlimited" if hard == resource.RLIM_INFINITY else f"up to {hard}"


async def _scheduler(_: Settings) -> str:
    """Advice at most: only some kernels share the cores out among sessions wrongly."""
    if await asyncio.to_thread(_shared_by_session):
        return "cores are shared out by session; kernel.sched_autogroup_enabled=0 is steadier"
    return "cores are shared out by process"


def _shared_by_session() -> bool:
    try:
        return _BY_SESSION.read_text().strip() == "1"
    except FileNotFoundError:
        return False


async def _database(settings: Settings) -> str:
    await migrate(settings)
    database = Database(settings.database)
    try:
        await database.check()
    finally:
        await database.close()
    return "answers, and its schema is current"


async def _asterisk(settings: Settings) -> str:
    if settings.asterisk_mode is AsteriskMode.EXTERNAL:
        return f"external, at {settings.asterisk_http_host}:{settings.asterisk_http_port}"
    lines: list[str] = []
    binary = await asyncio.to_thread(find_asterisk, settings, lines.append)
    return f"{binary.version}, {len(binary.languages)} language(s) of prompts"


async def _prompts(settings: Settings) -> str:
    """Each language that there are words for: how much of it callers can hear."""
    if settings.asterisk_mode is AsteriskMode.EXTERNAL:
        return "those of the external Asterisk"
    lines: list[str] = []
    binary = await asyncio.to_thread(find_asterisk, settings, lines.append)
    voices = (await asyncio.to_thread(find_espeak, settings, lines.append)).languages
    packs = dict(binary.languages)
    shelf = Shelf(settings.home / "prompts", Layout.of(settings.home).data / "sounds", packs)
    asked = {main_language(language) for language in settings.prompt_languages}
    heard = {
        language: _said_of(shelf, language, voices)
        for language in sorted(asked | set(packs) | set(OURS))
    }
    silent = sorted(language for language in asked if not heard[language])
    if silent:
        raise _Wrong(f"neither sounds nor a voice for {', '.join(silent)}: English is heard")
    return "; ".join(f"{language}: {said}" for language, said in heard.items() if said)


def _said_of(shelf: Shelf, language: str, voices: Collection[str]) -> str:
    """How many sounds come from where; "" when there are none."""
    packed = shelf.packed(language)
    possible = to_speak(language, packed) if language in voices else {}
    if not packed and not possible:
        return ""
    lines = lines_of(language, packed, possible)
    count = {source: sum(line.source is source for line in lines) for source in SetSource}
    spoken = len(shelf.spoken(language) & possible.keys())
    return (
        f"{count[SetSource.PACK]} from a package, {spoken} of {count[SetSource.SPOKEN]} spoken, "
        f"{count[SetSource.MISSING]} in English only"
    )


async def _network(settings: Settings) -> str:
    """Whether each port can be listened on, or is listened on by this installation already."""
    if await _readiness(settings) is None:
        require_free(settings)
    if settings.asterisk_mode is AsteriskMode.EMBEDDED:
        layout = Layout.of(settings.home)
        if await asyncio.to_thread(find_running, layout) is None:
            choose_ports(settings)
    return (
        f"HTTP on {settings.http_host}:{settings.http_port}, "
        f"SIP on {settings.sip_host}:{settings.sip_port}"
    )


async def _running(settings: Settings) -> str:
    """Whether the orchestrator of these settings is up; that it is not is no fault."""
    readiness = await _readiness(settings)
    if readiness is None:
        return "no"
    status, said = readiness
    if status != HTTPStatus.OK:
        raise _Wrong(f"it runs and is not ready: {said[:300]}")
    return "yes, and ready"


async def _readiness(settings: Settings) -> tuple[int, str] | None:
    """Status and words of `/readyz`; None when nobody answers there, or another program does."""
    host = "127.0.0.1" if settings.http_host in ("0.0.0.0", "::") else settings.http_host
    url = f"http://{host}:{settings.http_port}/readyz"
    timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as http, http.get(url) as answer:
            said = await answer.text()
            return (answer.status, said) if answer.status in _OURS else None
    except (aiohttp.ClientError, TimeoutError):
        return None
