"""Fixtures of the whole suite; `tests/leftovers.py` checks that no test leaves anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest
import pytest_asyncio

from tests.leftovers import LeftoverWatch
from tests.scheduling import by_process
from tests.stack import Stack, running_stack

_WATCH = pytest.StashKey[LeftoverWatch]()


def pytest_configure(config: pytest.Config) -> None:
    watch = LeftoverWatch()
    config.stash[_WATCH] = watch
    config.pluginmanager.register(watch, "leftovers")
    if not hasattr(config, "workerinput"):
        whole_run = ExitStack()
        whole_run.enter_context(by_process())
        config.add_cleanup(whole_run.close)


@pytest_asyncio.fixture(scope="session", autouse=True, loop_scope="session")
async def _watched_loop(request: pytest.FixtureRequest) -> None:
    request.config.stash[_WATCH].use(asyncio.get_running_loop())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack() -> AsyncIterator[Stack]:
    """One migrated database and one Asterisk for all tests that need the real thing."""
    async with running_stack() as running:
        yield running
