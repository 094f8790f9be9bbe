"""`centrale doctor`: what it finds in a new installation, in wrong ones and in one that runs."""

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from orchestrator.bootstrap import Running
from orchestrator.doctor import Finding, examine
from orchestrator.settings import Settings
from tests.stack import settings_for

PARTS = [
    *("run-time folder", "disk", "open files", "scheduler", "database"),
    *("Asterisk", "prompts", "network", "running"),
]


@pytest.fixture
def home() -> Iterator[Path]:
    """One that is not there yet; with a short path, since Asterisk's control socket lies in it."""
    with tempfile.TemporaryDirectory(prefix="centrale-") as folder:
        yield Path(folder) / "home"


def spoil(home: Path) -> None:
    """Let others read it, and keep noise in place of a database."""
    home.mkdir(mode=0o755)
    (home / "centrale.db").write_bytes(os.urandom(8192))


async def found(settings: Settings) -> dict[str, Finding]:
    return {finding.what: finding for finding in await examine(settings)}


def wrong(findings: dict[str, Finding]) -> list[str]:
    return [what for what, finding in findings.items() if not finding.ok]


async def test_given_a_new_installation_then_all_is_well_and_nothing_runs(home: Path) -> None:
    findings = await found(settings_for(home))
    assert list(findings) == PARTS
    assert not wrong(findings)
    assert "schema is current" in findings["database"].said
    assert "22." in findings["Asterisk"].said
    assert findings["running"].said == "no"


async def test_given_two_faults_then_both_are_named_and_the_rest_is_looked_at(
    home: Path,
) -> None:
    spoil(home)
    findings = await found(settings_for(home))
    assert list(findings) == PARTS
    assert wrong(findings) == ["run-time folder", "database"]
    assert f"chmod 700 {home}" in findings["run-time folder"].said
    assert "damaged or is no SQLite file" in findings["database"].said


async def test_given_a_port_that_another_program_has_then_its_setting_is_named(
    home: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for setting in ("http_port", "sip_port", "asterisk_http_port"):
            settings = settings_for(home).model_copy(update={setting: port})
            findings = await found(settings)
            assert wrong(findings) == ["network"]
            assert f"CENTRALE_{setting.upper()}" in findings["network"].said
            assert findings["running"].said == "no"


async def test_given_an_installation_that_runs_then_its_own_ports_are_no_fault(
    centrale: Running,
) -> None:
    asterisk = centrale.node.embedded
    assert asterisk is not None
    ports = asterisk.address.ports
    settings = centrale.settings.model_copy(
        update={
            "http_port": urlsplit(centrale.http_url).port,
            "sip_port": ports.sip,
            "asterisk_http_port": ports.http,
        }
    )
    findings = await found(settings)
    assert not wrong(findings)
    assert findings["running"].said == "yes, and ready"
