"""Looks at Asterisk from time to time: which numbers phones watch, and which devices are there.

Asterisk tells neither over ARI without much that nobody needs, so we ask. A hint that a phone
subscribed to is listed until Asterisk restarts, so a phone that comes back finds its lamps right
at once; only the first subscription to a number waits for the next look.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Collection

import structlog

from orchestrator.asterisk.address import AsteriskAddress
from orchestrator.asterisk.ami import AmiClient, AmiError
from orchestrator.presence.keyboard import Watched
from orchestrator.presence.notices import Notices
from orchestrator.routing.plan import Plan
from orchestrator.types import TenantId

log = structlog.get_logger(__name__)

SHORTEST_PAUSE = 1.0
# Looking may take a fiftieth of the time: with many phones we look less often.
PAUSE_FACTOR = 50.0
RETRY_SECONDS = 2.0
CONTACTS = "registrar/contact"
STATES = "StasisDeviceState"

# Changes with every REGISTER. Nothing of a contact tells a refresh from a phone that restarted.
_EXPIRES = re.compile(r'"expiration_time":"([0-9]*)"')

Arrived = Callable[[frozenset[str]], None]


class Lookout:
    """What was seen last.

    `watched` and `registered` are None before the first look; `hinted` are the tenants (slugs)
    whose phones can subscribe. `keep_hints` is given all of them, for Asterisk's next start.
    """

    def __init__(
        self, address: AsteriskAddress, plan: Callable[[], Plan], notices: Notices
    ) -> None:
        self._address = address
        self._kept: set[str] | None = None
        self._plan = plan
        self._notices = notices
        self.hinted: set[str] = set()
        self._contacts: frozenset[tuple[str, str]] | None = None
        self._arrived: list[Arrived] = []
        self._now = asyncio.Event()
        self.keep_hints: Callable[[Collection[str]], None] = lambda slugs: None
        self.watched: Watched | None = None
        self.registered: frozenset[str] | None = None

    def on_arrival(self, listener: Arrived) -> None:
        """Be told the endpoints of devices that registered, or did so again. Returns at once."""
        self._arrived.append(listener)

    def look_anew(self) -> None:
        """Asterisk may be another one, or restarted: look now, and at everything."""
        self.hinted.clear()
        self._now.set()

    def plans_changed(self, tenants: Collection[TenantId]) -> None:
        """Give a new tenant its hints at once: its phones are about to subscribe."""
        plans = self._plan().tenants
        if any(plans[t].slug not in self.hinted for t in tenants if t in plans):
            self._now.set()

    async def kept_states(self) -> dict[str, str]:
        """The device states that Asterisk keeps, by `<slug>-<number>`. Raises AmiError."""
        async with AmiClient.connect(self._address) as ami:
            return await ami.database_tree(STATES)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        async with AmiClient.connect(self._address) as ami:
            while True:
                self._now.clear()
                begun = loop.time()
                try:
                    await self._look(ami)
                    pause = max(SHORTEST_PAUSE, PAUSE_FACTOR * (loop.time() - begun))
                except AmiError as error:
                    log.warning("asterisk-not-looked-at", error=str(error))
                    pause = RETRY_SECONDS
                await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._now.wait()
        except TimeoutError:
            return

    async def _look(self, ami: AmiClient) -> None:
        await self._offer_hints(ami)
        found: defaultdict[str, set[str]] = defaultdict(set)
        for tenant, number in await ami.watched_hints():
            found[tenant].add(number)
        watched = {tenant: frozenset(numbers) for tenant, numbers in found.items()}
        if watched != self.watched:
            before = self.watched or {}
            self.watched = watched
            changed = {s for s in watched.keys() | before if watched.get(s) != before.get(s)}
            tenants = self._plan().tenants.values()
            self._notices.tenants([t.id for t in tenants if t.slug in changed])
        self._count(await ami.database_tree(CONTACTS))

    async def _offer_hints(self, ami: AmiClient) -> None:
        """Give every tenant its hints; a tenant that is gone has no phone that could ask."""
        slugs = {tenant.slug for tenant in self._plan().tenants.values()}
        if slugs != self._kept:
            self.keep_hints(slugs)
            self._kept = slugs
        for slug in slugs - self.hinted:
            await ami.add_hints(slug)
            self.hinted.add(slug)
        self.hinted &= slugs

    def _count(self, rows: dict[str, str]) -> None:
        """Take the contacts (`<endpoint>;@<hash>` -> JSON), and tell who came and who went."""
        contacts = frozenset(
            (key.partition(";")[0], found.group(1) if (found := _EXPIRES.search(row)) else "")
            for key, row in rows.items()
        )
        if contacts == self._contacts:
            return
        before = self.registered or frozenset()
        known = self._contacts or frozenset()
        self._contacts = contacts
        self.registered = frozenset(endpoint for endpoint, _ in contacts)
        for endpoint in self.registered ^ before:
            if owner := self._plan().endpoints.get(endpoint):
                self._notices.person(owner.ref)
        arrived = frozenset(endpoint for endpoint, _ in contacts - known)
        for listener in self._arrived if arrived else ():
            listener(arrived)
