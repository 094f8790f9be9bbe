"""Fixtures of the whole suite; `tests/leftovers.py` checks that no test leaves anything."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.leftovers import LeftoverWatch
from tests.stack import Stack, running_stack

_WATCH = pytest.StashKey[LeftoverWatch]()
# These share one Asterisk or one browser, and leave the machine's time to each other's media: they
# stay together on one worker. What calls can do besides ringing goes to the other, for balance.
_REAL = frozenset({"asterisk", "web"})
_FEATURES = frozenset(
    {
        "test_call_control",
        "test_conference",
        "test_department_menus",
        "test_dial_codes",
        "test_forwarding_accept",
        "test_hours",
        "test_intercom",
        "test_ivr",
        "test_mobile_keys",
        "test_monitor",
        "test_paging",
        "test_parking",
        "test_pickup",
        "test_pins",
        "test_presence",
        "test_prompts",
        "test_record_prompt",
        "test_recording",
        "test_ring_groups",
        "test_voicemail",
        "test_voicemail_menu",
    }
)


def pytest_configure(config: pytest.Config) -> None:
    watch = LeftoverWatch()
    config.stash[_WATCH] = watch
    config.pluginmanager.register(watch, "leftovers")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name in _REAL or "stack" in getattr(item, "fixturenames", ()):
            group = "features" if item.path.stem in _FEATURES else "real"
            item.add_marker(pytest.mark.xdist_group(group))


@pytest_asyncio.fixture(scope="session", autouse=True, loop_scope="session")
async def _watched_loop(request: pytest.FixtureRequest) -> None:
    request.config.stash[_WATCH].use(asyncio.get_running_loop())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack() -> AsyncIterator[Stack]:
    """One migrated database and one Asterisk for all tests that need the real thing."""
    async with running_stack() as running:
        yield running
