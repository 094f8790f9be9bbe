"""What boxes hold: lights the lamps of phones, and says when a tenant's quota is crossed.

Counted anew for a tenant whenever its messages or its plan changed, and for all at the start.
"""

import asyncio
from collections.abc import Callable, Collection

import structlog

from orchestrator.errors import CentraleError
from orchestrator.events.rules import EventLevel, Events
from orchestrator.events.service import NewEvent
from orchestrator.mail.mailer import Mailer
from orchestrator.routing.plan import Plan, TenantPlan
from orchestrator.routing.voicemail import boxes_of
from orchestrator.types import TenantId
from orchestrator.voicemail.mails import quota_mails
from orchestrator.voicemail.rules import Level, level_of
from orchestrator.voicemail.store import Count, Holding, MessageStore

log = structlog.get_logger(__name__)

SETTLE_SECONDS = 0.05
RETRY_SECONDS = 2.0
_AT_A_TIME = 200

_SAID = {
    Level.NEARLY_FULL: "Voicemail takes {percent}% of its quota.",
    Level.FULL: "Voicemail has taken all of its quota: no more messages are taken.",
}


class BoxCounts:
    """`full` and `stirred` may be called from anywhere and never wait; `run()` counts.

    `show` lights the lamps of a user (id, new messages, old ones); it is set once lamps are there.
    """

    def __init__(
        self,
        store: MessageStore,
        plan: Callable[[], Plan],
        post: Callable[[NewEvent], None],
        mailer: Mailer,
    ) -> None:
        self._store = store
        self._plan = plan
        self._post = post
        self._mailer = mailer
        self.show: Callable[[str, int, int], None] = lambda user, new, old: None
        self._used: dict[TenantId, int] = {}
        self._levels: dict[TenantId, Level] = {}
        self._shown: dict[TenantId, dict[str, Count]] = {}
        self._waiting: set[TenantId] = set()
        self._wake = asyncio.Event()

    def full(self, tenant: TenantId) -> bool:
        """Whether the boxes of `tenant` hold all that they may."""
        line = self._plan().tenants.get(tenant)
        return line is not None and self._level(line) is Level.FULL

    def stirred(self, *tenants: TenantId) -> None:
        """Messages of these tenants came, went, or were heard."""
        self._waiting.update(tenants)
        self._wake.set()

    def plans_changed(self, tenants: Collection[TenantId]) -> None:
        """Boxes, members of groups or options may be others now."""
        self.stirred(*tenants)

    async def run(self) -> None:
        self.stirred(*self._plan().tenants)
        while True:
            await self._wake.wait()
            await asyncio.sleep(SETTLE_SECONDS)
            self._wake.clear()
            waiting, self._waiting = self._waiting, set()
            try:
                await self._count(sorted(waiting))
            except CentraleError as error:
                log.warning("voicemail-not-counted", error=error.message)
                await asyncio.sleep(RETRY_SECONDS)
                self.stirred(*waiting)

    async def _count(self, tenants: list[TenantId]) -> None:
        for start in range(0, len(tenants), _AT_A_TIME):
            some = [t for t in tenants[start : start + _AT_A_TIME] if self._concerns(t)]
            found = await self._store.holdings(some)
            for tenant in some:
                line = self._plan().tenants.get(tenant)
                if line is not None:
                    holding = found.get(tenant, Holding())
                    self._used[tenant] = holding.used
                    await self._judge(line)
                    self._light(line, holding)

    def _concerns(self, tenant: TenantId) -> bool:
        """Whether there are boxes, or were before."""
        line = self._plan().tenants.get(tenant)
        return line is not None and bool(line.mailboxes or self._shown.get(tenant))

    def _light(self, tenant: TenantPlan, holding: Holding) -> None:
        """Tell the phones of everybody whose boxes hold something else than before."""
        counts: dict[str, Count] = {}
        members = {m for group in tenant.ring_groups.values() for m in group.members}
        for person in tenant.mailboxes.keys() | members:
            if person in tenant.people and (boxes := boxes_of(tenant, person)):
                held = [holding.counts.get(owner, Count()) for owner in boxes]
                counts[person] = Count(sum(c.new for c in held), sum(c.old for c in held))
        before = self._shown.get(tenant.id, {})
        for person in counts.keys() | before.keys():
            now = counts.get(person, Count())
            if now != before.get(person, Count()):
                self.show(person, now.new, now.old)
        self._shown[tenant.id] = counts

    def _level(self, tenant: TenantPlan) -> Level:
        options = tenant.options.voicemail
        return level_of(self._used.get(tenant.id, 0), options.quota_mb, options.warn_percent)

    async def _judge(self, tenant: TenantPlan) -> None:
        """Say, once for each crossing, that boxes fill up."""
        level, before = self._level(tenant), self._levels.get(tenant.id)
        self._levels[tenant.id] = level
        if before is None or level <= before:
            return
        used, options = self._used[tenant.id], tenant.options.voicemail
        percent = used * 100 // (options.quota_mb * 1_000_000)
        kind = EventLevel.ERROR if level is Level.FULL else None
        details = {"used": str(used), "quota_mb": str(options.quota_mb)}
        message = _SAID[level].format(percent=percent)
        self._post(NewEvent(Events.VOICEMAIL_FULL, message, tenant.id, details, kind))
        readers = tuple(await self._store.administrators(tenant.id))
        for mail in quota_mails(tenant, level, used, readers):
            self._mailer.post(mail)
