"""A company on the real Asterisk alone, and customers of the whole Centrale."""

import tempfile
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from orchestrator.bootstrap import Running, running
from tests.asterisk.office import Office, opened
from tests.factories.rows import Employee, add_customer, add_employee
from tests.phones.baresip import BaresipPhone
from tests.phones.phone import SippPhone
from tests.stack import Stack, settings_for

_LOGS = ("messages.log", "baresip-*/output.log", "run-*.log")
"""What phones (SIPp, baresip) and a process of the orchestrator write in the folder of a test."""
_OUTPUT = pytest.StashKey[tuple[Path, int]]()
"""Where Asterisk writes, and how much there was before the test."""


@dataclass(frozen=True, slots=True)
class Company:
    """Three people of one customer: 101, 102 and 103."""

    stack: Stack
    alice: Employee
    bob: Employee
    carol: Employee

    def sipp(self, who: Employee, folder: Path) -> SippPhone:
        """A phone of exact signalling, not yet registered."""
        return SippPhone(self.stack.sip, folder, who.account, name=f"p{who.number}")

    def baresip(self, who: Employee, folder: Path, *, tone: float) -> BaresipPhone:
        """A phone with sound."""
        return BaresipPhone(self.stack.sip, folder, who.account, tone=tone)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def company(stack: Stack) -> Company:
    scope = await add_customer(stack.database, "phones")
    people = [await add_employee(stack.database, scope, number) for number in ("101", "102", "103")]
    return Company(stack, *people)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def centrale() -> AsyncIterator[Running]:
    """The whole orchestrator with its database and Asterisk, in this process."""
    with tempfile.TemporaryDirectory(prefix="centrale-") as home:
        async with running(settings_for(Path(home))) as up:
            yield up


@pytest_asyncio.fixture
async def office(
    centrale: Running, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Office]:
    """A customer of the test's own."""
    assert centrale.node.embedded is not None
    output = centrale.node.embedded.layout.output
    request.node.stash[_OUTPUT] = (output, output.stat().st_size)
    async with opened(centrale, tmp_path) as office:
        yield office


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A scenario that fails shows what Asterisk, the phones and an orchestrator that runs apart
    said meanwhile."""
    report = yield
    if report.failed and report.when == "call" and isinstance(item, pytest.Function):
        folder = item.funcargs.get("tmp_path", Path("nowhere"))
        for log in sorted(each for pattern in _LOGS for each in folder.rglob(pattern)):
            said = log.read_text(errors="replace")
            report.sections.append((str(log.relative_to(folder)), said[-6_000:] or "nothing"))
    if report.failed and _OUTPUT in item.stash:
        output, before = item.stash[_OUTPUT]
        # What fails when everything was stopped is told when its home is gone already.
        said = output.read_bytes()[before:].decode(errors="replace") if output.exists() else ""
        report.sections.append(("Asterisk said", said[-20_000:] or "nothing"))
    return report
