"""Calls that Asterisk carried by itself while we were away: into the journal, and said in the log.

They have no verdict of ours; Dial()'s status gives one, and the reason is always `survival`.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from orchestrator.asterisk.address import AsteriskAddress
from orchestrator.asterisk.ami import AmiClient, AmiError
from orchestrator.asterisk.survival import SurvivalCall, collect, forget
from orchestrator.calls.entry import CallEntry, Segment
from orchestrator.calls.ports import Journal
from orchestrator.calls.verdict import Outcome, Reason
from orchestrator.events.rules import Events
from orchestrator.events.service import NewEvent
from orchestrator.routing.plan import EndpointKind, Plan, TenantPlan

log = structlog.get_logger(__name__)

# A survival call may go on long after we are back; its note is complete only at its end.
PAUSE_SECONDS = 30.0

_OUTCOMES = {
    "ANSWER": Outcome.ANSWERED,
    "CANCEL": Outcome.ABANDONED,
    "NOANSWER": Outcome.ABANDONED,
    "BUSY": Outcome.REFUSED,
}


class Survivors:
    """`run()` imports the notes of Asterisk's survival dialplan as they become complete."""

    def __init__(
        self,
        address: AsteriskAddress,
        journal: Journal,
        plan: Callable[[], Plan],
        post: Callable[[NewEvent], None],
    ) -> None:
        self._address = address
        self._journal = journal
        self._plan = plan
        self._post = post

    async def run(self) -> None:
        while True:
            try:
                await self.bring_in()
            except AmiError as error:
                log.debug("survival-notes-not-read", error=str(error))
            await asyncio.sleep(PAUSE_SECONDS)

    async def bring_in(self) -> int:
        """Import what is complete; returns how many calls that were. Raises AmiError."""
        async with AmiClient.connect(self._address) as ami:
            calls = await collect(ami)
            if not calls:
                return 0
            self._record(calls)
            # Only now: a crash in between imports them again, and the journal takes each once.
            await forget(ami, calls)
        return len(calls)

    def _record(self, calls: Sequence[SurvivalCall]) -> None:
        plan = self._plan()
        tenants = {tenant.slug: tenant for tenant in plan.tenants.values()}
        counts: dict[str, int] = {}
        for call in calls:
            tenant = tenants.get(call.tenant)
            if tenant is None:
                log.warning("survival-call-of-unknown-tenant", tenant=call.tenant, call=call.id)
                continue
            self._journal.record(entry_of(call, tenant, plan))
            counts[call.tenant] = counts.get(call.tenant, 0) + 1
        for slug, count in counts.items():
            message = f"{count} calls were carried by Asterisk alone while we were away."
            details = {"calls": str(count), "since": calls[0].started_at.isoformat()}
            self._post(NewEvent(Events.SERVICES_INTERRUPTED, message, tenants[slug].id, details))


def entry_of(call: SurvivalCall, tenant: TenantPlan, plan: Plan) -> CallEntry:
    """The complete journal entry of a survival call. Pure."""
    owner = plan.endpoints.get(call.endpoint)
    inbound = owner is not None and owner.kind is EndpointKind.TRUNK
    person = tenant.people.get(owner.ref) if owner and not inbound else None
    target = tenant.extensions.get(call.dialled)
    outside = target is None and not inbound
    direction = "inbound" if inbound else "outbound" if outside else "internal"
    started, ended = call.started_at.timestamp(), call.ended_at.timestamp()
    answered = call.answered_at.timestamp() if call.answered_at else 0.0
    desk = tenant.hot_desks.get(call.endpoint)
    nobody = ("", desk.name) if desk else (call.caller, "")
    caller, name = (person.number, person.name) if person else nobody
    segment = Segment(
        caller,
        target.kind if target else "external",
        target.ref if target else "",
        call.dialled,
        started,
        answered,
    )
    entry = CallEntry(
        call.id,
        tenant.id,
        direction,
        caller,
        name,
        call.dialled,
        started,
        answered,
        segments=[segment],
    )
    entry.close(ended, _OUTCOMES.get(call.status, Outcome.FAILED_US), Reason.SURVIVAL)
    return entry
