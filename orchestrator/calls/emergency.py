"""Tells people of a call for help: by mail, and by calling their phones.

The call itself only puts a note into a queue, so that nothing here can delay or break it.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog

from orchestrator.calls.call import Call
from orchestrator.calls.entry import CallEntry
from orchestrator.calls.leg import Leg
from orchestrator.calls.registry import CallRegistry
from orchestrator.mail.mailer import Mailer
from orchestrator.mail.message import Mail, Template
from orchestrator.routing.decision import Alert
from orchestrator.routing.plan import Person, Plan, TenantPlan
from orchestrator.types import TenantId
from orchestrator.verbs import Next

log = structlog.get_logger(__name__)

MAX_WAITING = 100


class EmergencyAlerts:
    """`raise_alarm()` never waits; `run()` tells, as a task of `bootstrap.py`."""

    def __init__(self, plan: Callable[[], Plan], mailer: Mailer) -> None:
        self._plan = plan
        self._mailer = mailer
        self._raised: asyncio.Queue[tuple[CallEntry, str]] = asyncio.Queue(MAX_WAITING)

    def raise_alarm(self, entry: CallEntry, number: str) -> None:
        """The caller of `entry` dialled the emergency number `number`."""
        try:
            self._raised.put_nowait((entry, number))
        except asyncio.QueueFull:
            log.warning("emergency-alert-dropped", call=entry.id)

    async def run(self, registry: CallRegistry) -> None:
        """Tell of each alarm, for ever."""
        while True:
            entry, number = await self._raised.get()
            tenant = self._plan().tenants.get(TenantId(entry.tenant))
            if tenant is None:
                continue
            self._mail(tenant, entry, number)
            for person in (tenant.people.get(each) for each in tenant.options.emergency.call):
                if person is not None and person.number != entry.caller_number:
                    _call(registry, tenant, person, entry, number)

    def _mail(self, tenant: TenantPlan, entry: CallEntry, number: str) -> None:
        to = tenant.options.emergency.mails
        if not to:
            return
        facts = {
            "number": number,
            "caller_number": entry.caller_number,
            "caller_name": entry.caller_name,
            "tenant": tenant.name,
            "at": _local(tenant, entry),
        }
        self._mailer.post(Mail(to, Template.EMERGENCY, tenant.language, facts))


def _local(tenant: TenantPlan, entry: CallEntry) -> str:
    """When it was, in the caller's time zone."""
    owner = tenant.extensions.get(entry.caller_number)
    person = tenant.people.get(owner.ref) if owner else None
    zone = ZoneInfo(person.hours.timezone if person else tenant.timezone)
    return datetime.fromtimestamp(entry.started_at, zone).strftime("%Y-%m-%d %H:%M %Z")


def _call(
    registry: CallRegistry, tenant: TenantPlan, person: Person, entry: CallEntry, number: str
) -> None:
    """Ring every device of `person` by a call of its own; the first that answers stops the
    others.

    The ids say that the channels are legs (`~`): after a restart they are ended, not taken for
    somebody who calls.
    """
    alarm = uuid4().hex[:12]
    ids = [f"alert-{alarm}.{place}" for place in range(len(person.devices))]
    now = registry.ports.clock.now().timestamp()
    for id_, device in zip(ids, person.devices, strict=True):
        leg = Leg(f"{id_}~0", device.endpoint, person.number, person.name, person=person.id)
        noted = CallEntry(
            id_,
            tenant.id,
            "internal",
            entry.caller_number,
            entry.caller_name,
            person.number,
            started_at=now,
        )
        others = tuple(other for other in ids if other != id_)
        alert = Alert(entry.caller_number, entry.caller_name, number, others)
        registry.start(Call(id_, tenant, leg, noted, registry), Next(alert))
