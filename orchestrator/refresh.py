"""Tells Asterisk to forget what it keeps of our tables, when they changed.

Asterisk reads devices and trunks from the database and remembers them (`sorcery.conf`), since
every SIP request asks for them; registrations at providers it reads when they are listed.
Whatever changes the tables, here or in another process, is heard of by the change feed.
"""

import asyncio
from collections.abc import Callable, Collection

import structlog

from orchestrator.asterisk.address import AsteriskAddress
from orchestrator.asterisk.ami import AmiClient, AmiError
from orchestrator.asterisk.registrations import Registrations
from orchestrator.db.changes import Change, ChangeFeed
from orchestrator.routing.plan import Plan
from orchestrator.trunks.watch import registering
from orchestrator.types import TenantId

log = structlog.get_logger(__name__)

REJECTED = "Rejected"
# Somebody who edits saves several times: one refresh for all of it.
SETTLE_SECONDS = 0.05
RETRY_SECONDS = 2.0


class AsteriskRefresh:
    """`run()` refreshes after each burst of changes, and once at its start: what changed while
    we were away nobody told Asterisk."""

    def __init__(
        self,
        feed: ChangeFeed,
        address: AsteriskAddress,
        registrations: Registrations,
        plan: Callable[[], Plan],
    ) -> None:
        self._registered = registrations
        self._address = address
        self._plan = plan
        self._changed = asyncio.Event()
        self._changed.set()
        self._registrations = True
        self._tenants: set[TenantId] = set()
        self._behind: set[TenantId] = set()
        feed.subscribe(self._note)

    def _note(self, change: Change) -> None:
        self._registrations |= bool(change.registrations)
        self._tenants |= change.registrations
        self._behind |= change.registrations
        self._changed.set()

    def plans_changed(self, tenants: Collection[TenantId]) -> None:
        """Some tenants have a new plan. It follows the tables, and only then says what has to
        register no more; returns at once."""
        if self._behind & set(tenants):
            self._behind -= set(tenants)
            self._registrations = True
            self._changed.set()

    async def run(self) -> None:
        while True:
            await self._changed.wait()
            await asyncio.sleep(SETTLE_SECONDS)
            self._changed.clear()
            try:
                await self._refresh()
            except AmiError as error:
                log.warning("asterisk-not-refreshed", error=str(error))
                self._changed.set()
                await asyncio.sleep(RETRY_SECONDS)

    async def _refresh(self) -> None:
        async with AmiClient.connect(self._address) as ami:
            await ami.forget_tables()
            if self._registrations:
                await self._register(ami)

    async def _register(self, ami: AmiClient) -> None:
        """Have trunks register, or no more. What changes meanwhile asks for another turn."""
        tenants, self._tenants = self._tenants, set()
        self._registrations = False
        try:
            plan = self._plan()
            for found in await self._registered.read(ami, registering(plan)):
                # Asterisk does not see that a secret changed: it would wait out its two minutes.
                if found.status == REJECTED and plan.tenant_of_endpoint(found.endpoint) in tenants:
                    await ami.register(found.endpoint)
        except AmiError:
            self._tenants |= tenants
            self._registrations = True
            raise
