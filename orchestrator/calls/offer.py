"""An offer: somebody comes for a party that waits in another call.

    call of who comes                        call of who waits (parked, or ringing elsewhere)
      │ Offer(by=itself) ───mailbox───────────────>│
      │                                             │ take(): the leg belongs to it now
      │<────────────────────────── True ────────────┤
      │ ends: picked_up                             │ connects its caller with the leg

The call that waits lives on, so that its journal entry tells the whole journey of its caller. It
serves one message after the other: of two who come at once exactly one is taken.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from orchestrator.calls.leg import Leg

if TYPE_CHECKING:
    from orchestrator.calls.call import Call

# A call serves its mailbox between two of its events; it is late only when it is about to end.
_PATIENCE_SECONDS = 2.0


class Offer:
    """The call `by` offers the leg of its caller. Answered once, by `take` or by `refuse`."""

    __slots__ = ("_reply", "by")

    def __init__(self, by: Call) -> None:
        self.by = by
        self._reply: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def take(self, call: Call) -> Leg | None:
        """Move the leg to `call`; None once the offering call gave up waiting.

        What came for the leg and was not read yet follows it: `CallRegistry.forget`.
        """
        if self._reply.done():
            return None
        leg = self.by.caller
        del self.by.legs[leg.id]
        call.add_leg(leg)
        self._reply.set_result(True)
        return leg

    def refuse(self) -> None:
        if not self._reply.done():
            self._reply.set_result(False)

    async def taken(self) -> bool:
        """Wait for the answer; one that comes too late finds the offer closed."""
        try:
            return await asyncio.wait_for(self._reply, _PATIENCE_SECONDS)
        except TimeoutError:
            return False
