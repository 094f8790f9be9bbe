"""Who changed: the cheap notice from calls and from the read model to whoever shows presence.

The call path says a name and goes on. Names are collected in a set per listener, so any number of
changes of one person while a listener is busy is one change, and a slow listener costs nobody
else anything.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from orchestrator.types import TenantId

MOST_WAITING = 5_000
"""Names that one listener may leave waiting; beyond it is told that everything changed."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since a listener last asked: `people` (ids), whole `tenants`, or everything.

    `anew`: there is a new connection to Asterisk, so it may have forgotten what it was told.
    """

    people: frozenset[str] = frozenset()
    tenants: frozenset[TenantId] = frozenset()
    everything: bool = False
    anew: bool = False


class Ear:
    """One listener. `next()` waits for changes and takes all of them at once."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._people: set[str] = set()
        self._tenants: set[TenantId] = set()
        self._everything = False
        self._anew = False
        self._something = asyncio.Event()

    def person(self, person: str) -> None:
        if len(self._people) < self._most:
            self._people.add(person)
        else:
            self._everything = True
        self._something.set()

    def tenants(self, tenants: Iterable[TenantId]) -> None:
        self._tenants.update(tenants)
        self._something.set()

    def everything(self) -> None:
        self._everything = True
        self._something.set()

    def anew(self) -> None:
        self._anew = True
        self.everything()

    async def wait(self, seconds: float) -> bool:
        """Wait until something changed; False when `seconds` passed without that."""
        try:
            async with asyncio.timeout(seconds):
                return await self._something.wait()
        except TimeoutError:
            return False

    def take(self) -> Changes:
        """All that changed since the last time."""
        found = Changes(
            frozenset(self._people), frozenset(self._tenants), self._everything, self._anew
        )
        self._people.clear()
        self._tenants.clear()
        self._everything = self._anew = False
        self._something.clear()
        return found


class Notices:
    """Hands changes on to every ear. None of its methods waits or raises."""

    def __init__(self) -> None:
        self._ears: list[Ear] = []

    def subscribe(self, most: int = MOST_WAITING) -> Ear:
        """Hear of changes from now on; an ear that is not needed any more is given back."""
        ear = Ear(most)
        self._ears.append(ear)
        return ear

    def unsubscribe(self, ear: Ear) -> None:
        self._ears.remove(ear)

    def person(self, person: str) -> None:
        """The phones, the registration or the status of a user changed."""
        for ear in self._ears:
            ear.person(person)

    def tenant(self, tenant: TenantId) -> None:
        """Something of a tenant changed that is no person's, such as what is parked."""
        self.tenants((tenant,))

    def tenants(self, tenants: Iterable[TenantId]) -> None:
        """The plans of tenants changed."""
        for ear in self._ears:
            ear.tenants(tenants)

    def everything(self) -> None:
        for ear in self._ears:
            ear.everything()

    def anew(self) -> None:
        """There is a new connection to Asterisk."""
        for ear in self._ears:
            ear.anew()
