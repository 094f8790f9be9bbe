"""Watches whether trunks work: registered at their provider, and answered by it.

Asterisk is asked every few seconds, away from the calls; what it says goes through the machine
in `state.py`. Each step of that is an event, and routes pass a trunk by that is down.
"""

import asyncio
from collections.abc import Iterator, Sequence

import structlog

from orchestrator.ari.errors import AriError
from orchestrator.asterisk.address import AsteriskAddress
from orchestrator.asterisk.ami import AmiClient, AmiError, AmiRefused
from orchestrator.asterisk.registrations import Registrations
from orchestrator.calls.ports import CallPorts
from orchestrator.events.rules import EventLevel, Events
from orchestrator.events.service import NewEvent
from orchestrator.routing.outside_lines import TrunkLine
from orchestrator.routing.plan import Plan
from orchestrator.trunks.state import (
    Look,
    StateChange,
    TrunkState,
    TrunkStates,
    asked_otherwise,
    sighting_of,
)
from orchestrator.types import TenantId

log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0


class TrunkWatch:
    """`run()` keeps `states` present, for ever."""

    def __init__(
        self,
        states: TrunkStates,
        address: AsteriskAddress,
        registrations: Registrations,
        ports: CallPorts,
    ) -> None:
        self._states = states
        self._registrations = registrations
        self._address = address
        self._ports = ports
        self._asked: dict[str, str] | None = None

    async def run(self) -> None:
        async with AmiClient.connect(self._address) as ami:
            while True:
                try:
                    await self._look(ami)
                except (AriError, AmiError) as error:
                    log.info("trunks-not-seen", error=str(error))
                await asyncio.sleep(LOOK_SECONDS)

    async def _look(self, ami: AmiClient) -> None:
        """One look at all trunks. Of those that need no registration and are never asked,
        nothing can be seen: they stay unknown, and are tried."""
        present = list(_present(self._ports.plan()))
        await self._have_asked(ami, [trunk for _, trunk in present])
        trunks = [(tenant, trunk) for tenant, trunk in present if trunk.registers or trunk.asked]
        self._states.keep({trunk.id for _, trunk in trunks})
        wanted = registering(self._ports.plan())
        ours = self._registrations
        found = await ours.read(ami, wanted) if wanted or ours.any else []
        registrations = {each.endpoint: each.status for each in found}
        for tenant, trunk in trunks:
            answers = await self._answers(ami, trunk) if trunk.asked else None
            look = Look(trunk.registers, registrations.get(trunk.endpoint, ""), answers)
            change = self._states.see(trunk.id, sighting_of(look), self._ports.clock.now())
            if change is not None:
                self._tell(tenant, trunk, change)

    async def _have_asked(self, ami: AmiClient, trunks: Sequence[TrunkLine]) -> None:
        """Have Asterisk ask the providers as their trunks say now, or no more: it does not see by
        itself that they are new or different; one that comes back it would ask as before. At our
        start it has read them at its own, most likely. That one is gone it sees, for it looks each
        up before it asks (22.10.1).
        """
        asked = {trunk.endpoint: trunk.asked for trunk in trunks}
        if self._asked is None:
            changed = await self._read_otherwise(ami, trunks)
        else:
            changed = [e for e, how in asked.items() if self._asked.get(e) != how]
        if changed:
            # The plan may be ahead of what Asterisk remembers of the tables.
            await ami.forget_tables()
        for endpoint in changed:
            try:
                await ami.ask_anew(endpoint)
            except AmiRefused as error:
                # An Asterisk that is not ours, with a manager.conf that does not let us.
                log.warning("provider-not-asked", trunk=endpoint, error=str(error))
        self._asked = asked

    async def _read_otherwise(self, ami: AmiClient, trunks: Sequence[TrunkLine]) -> list[str]:
        """The providers that Asterisk asks otherwise than their trunks say."""
        return [
            trunk.endpoint
            for trunk in trunks
            if asked_otherwise(await ami.contact_statuses(trunk.endpoint), trunk.asked)
        ]

    async def _answers(self, ami: AmiClient, trunk: TrunkLine) -> bool | None:
        """Whether the provider answers. ARI is quick, but takes "not asked yet" for offline, and
        knows no better of an endpoint that came after Asterisk's start."""
        endpoint = await self._ports.ari.endpoint("PJSIP", trunk.endpoint)
        if endpoint is None:
            return None
        if endpoint.state == "online":
            return True
        statuses = await ami.contact_statuses(trunk.endpoint)
        if "Reachable" in statuses:
            return True
        return False if "Unreachable" in statuses else None

    def _tell(self, tenant: TenantId, trunk: TrunkLine, change: StateChange) -> None:
        log.info("trunk-state", trunk=trunk.id, before=change.before, after=change.after)
        if change.before is TrunkState.UNKNOWN and change.after is TrunkState.UP:
            return  # Every trunk takes this step after every start.
        up = change.after is TrunkState.UP
        reason = self._states.of(trunk.id).reason
        self._ports.post(
            NewEvent(
                Events.TRUNK_STATUS,
                f"Trunk {trunk.name} is {change.after}, was {change.before}. {reason}".rstrip(),
                tenant,
                {
                    "trunk": trunk.id,
                    "from": change.before,
                    "to": change.after,
                },
                EventLevel.INFO if up else EventLevel.WARNING,
            )
        )


def registering(plan: Plan) -> frozenset[str]:
    """The endpoints of all trunks that have to register at their provider."""
    return frozenset(trunk.endpoint for _, trunk in _present(plan) if trunk.registers)


def _present(plan: Plan) -> Iterator[tuple[TenantId, TrunkLine]]:
    """The trunks in use: those of suspended tenants are for calls for help alone."""
    for tenant in plan.tenants.values():
        if not tenant.suspended:
            for trunk in tenant.trunks.values():
                yield tenant.id, trunk
