"""What surrounds every conversation: the call knows who its partner is, and is recorded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg


@asynccontextmanager
async def conversation(call: Call, other: Leg) -> AsyncIterator[None]:
    """`call.caller` and `other` talk while the block runs."""
    call.partner = other
    try:
        yield
    finally:
        call.partner = None
