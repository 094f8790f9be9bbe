"""Fixtures of the whole suite; `tests/leftovers.py` checks that no test leaves anything."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.leftovers import LeftoverWatch
from tests.stack import Stack, running_stack

_WATCH = pytest.StashKey[LeftoverWatch]()
# These share one Asterisk or one browser, and leave the machine's time to each other's media: they
# stay together on one worker. Two parts of them go to others, each with an Asterisk of its own, for
# balance: what calls can do besides ringing, and what speaks to callers.
_REAL = frozenset({"asterisk", "web"})
_PARTS = {
    "features": frozenset(
        {
            "test_call_control",
            "test_conference",
            "test_dial_codes",
            "test_forwarding_accept",
            "test_hours",
            "test_mobile_keys",
            "test_monitor",
            "test_parking",
            "test_pickup",
            "test_presence",
            "test_recording",
        }
    ),
    "voice": frozenset(
        {
            "test_department_menus",
            "test_intercom",
            "test_ivr",
            "test_paging",
            "test_pins",
            "test_prompt_sets",
            "test_prompts",
            "test_record_prompt",
            "test_ring_groups",
            "test_voicemail",
            "test_voicemail_menu",
        }
    ),
}


def pytest_configure(config: pytest.Config) -> None:
    watch = LeftoverWatch()
    config.stash[_WATCH] = watch
    config.pluginmanager.register(watch, "leftovers")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name in _REAL or "stack" in getattr(item, "fixturenames", ()):
            stem = item.path.stem
            group = next((name for name, stems in _PARTS.items() if stem in stems), "real")
            item.add_marker(pytest.mark.xdist_group(group))


@pytest_asyncio.fixture(scope="session", autouse=True, loop_scope="session")
async def _watched_loop(request: pytest.FixtureRequest) -> None:
    request.config.stash[_WATCH].use(asyncio.get_running_loop())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack() -> AsyncIterator[Stack]:
    """One migrated database and one Asterisk for all tests that need the real thing."""
    async with running_stack() as running:
        yield running
