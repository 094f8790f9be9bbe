"""The end of the day: logs everybody out of hot-desk phones, at the time that a tenant has chosen.

What is due follows from the plan and the clock alone: whoever logged in before the last time at
which clocks showed the chosen hour. So nothing has to be remembered, a second look finds nothing
left to do, and what was missed while nobody looked is done at the next start.
"""

import asyncio
from collections.abc import Callable

import structlog

from orchestrator.clock import Clock
from orchestrator.errors import CentraleError
from orchestrator.hot_desks.login import HotDeskLogin
from orchestrator.hot_desks.rules import due
from orchestrator.routing.plan import Plan
from orchestrator.types import SYSTEM_ACTOR, Scope

log = structlog.get_logger(__name__)

EVERY_SECONDS = 20.0


class HotDeskClosing:
    """`run()` looks for ever."""

    def __init__(self, login: HotDeskLogin, plan: Callable[[], Plan], clock: Clock) -> None:
        self._login = login
        self._plan = plan
        self._clock = clock

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> int:
        """Look once; how many people were logged out."""
        ended = 0
        for tenant in self._plan().tenants.values():
            options = tenant.options.hot_desks
            instant = due(options, tenant.timezone, self._clock.now(), tenant.hot_desks.values())
            if instant is None:
                continue
            try:
                ended += await self._login.end_before(Scope(tenant.id, SYSTEM_ACTOR), instant)
            except CentraleError as error:
                # Whoever writes at the same time wins; the next look finds what is left.
                log.warning("hot-desks-not-closed", tenant=tenant.slug, error=error.message)
        if ended:
            log.info("hot-desks-closed", people=ended)
        return ended
