"""Each test of the contract runs twice: on the fake, and on the real Asterisk."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from orchestrator.ari.client import EVENTS
from tests.contract.ari.bench import (
    Bench,
    FakeFarEnds,
    FarEnds,
    RealFarEnds,
    running,
)
from tests.stack import Stack

ALL_EVENTS = (*EVENTS, "ChannelHangupRequest")


@pytest.fixture(
    params=["fake", pytest.param("real", marks=pytest.mark.xdist_group("real"))],
)
def asterisk(request: pytest.FixtureRequest) -> Stack | None:
    """The real Asterisk, or None for the fake. Not async: it starts only for who needs it."""
    if request.param == "fake":
        return None
    stack: Stack = request.getfixturevalue("stack")
    return stack


@pytest_asyncio.fixture
async def far(asterisk: Stack | None) -> AsyncIterator[FarEnds]:
    if asterisk is None:
        yield FakeFarEnds()
        return
    async with aiohttp.ClientSession() as http:
        real = RealFarEnds(asterisk, http)
        await real.start()
        yield real
        await real.close()


@pytest_asyncio.fixture
async def bench(far: FarEnds) -> AsyncIterator[Bench]:
    async with running(Bench(far, ALL_EVENTS)) as bench:
        yield bench
