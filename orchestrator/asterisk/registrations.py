"""Our registrations at providers, as Asterisk has them.

Asterisk reads its table of registrations whenever they are listed, and puts what it finds in place
of what it had, without a lock: two readers at once use memory that one of them has freed. Then
Asterisk loses registrations, or crashes (res_pjsip_outbound_registration, seen in 22.10.1). A
reload of that module or of res_pjsip is two readers by itself. So nothing is reloaded, and whoever
wants the list waits for its turn here: listing is how Asterisk learns of what is new or different.
"""

import asyncio
from collections.abc import Collection

from orchestrator.asterisk.ami import AmiClient, Registration


class Registrations:
    """One for each Asterisk, shared by all who ask it."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._known: set[str] = set()
        self._ended: set[str] = set()

    @property
    def any(self) -> bool:
        """Whether Asterisk registers anywhere, as far as we know."""
        return bool(self._known)

    async def read(self, ami: AmiClient, wanted: Collection[str]) -> list[Registration]:
        """Have Asterisk read its table, and give what it has then.

        It registers what is new or different. What it had and is neither in the table nor in
        `wanted` (endpoints of the plan) is registered no more; that both must agree spares those
        that came a moment ago, and all of them when the table cannot be read. Raises AmiError.
        """
        async with self._turn:
            found = await ami.registrations()
            there = {each.endpoint for each in found}
            self._known |= there
            for endpoint in self._known - there - set(wanted):
                # Asterisk keeps what it once registered, whether the table has it or not.
                await ami.unregister(endpoint)
                self._known.discard(endpoint)
                self._ended.add(endpoint)
            for endpoint in self._ended & there:
                await ami.register(endpoint)
                self._ended.discard(endpoint)
            return found
