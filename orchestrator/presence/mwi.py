"""The message lamp of phones: NOTIFY message-summary (RFC 3842), outside of any dialogue.

Asterisk's own mailboxes are not used, so it has nothing to tell a phone that subscribes to
message-summary: it answers 489, and phones then take the NOTIFYs that come without. A phone that
registers is told again of new messages: it may have restarted, or been away when they came. A
hot-desk phone is always told, since its lamp may still show what somebody else has.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import structlog

from orchestrator.asterisk.address import AsteriskAddress
from orchestrator.asterisk.ami import AmiClient, AmiError, AmiRefused, Notify
from orchestrator.presence.lookout import Lookout
from orchestrator.routing.plan import EndpointKind, Plan
from orchestrator.types import TenantId

log = structlog.get_logger(__name__)

RETRY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Messages:
    """How many voice messages wait: not heard yet, and heard."""

    new: int
    old: int


_NONE = Messages(0, 0)


class MessageLight:
    """`run()` tells phones; `show` may be called from anywhere and never waits.

    What was shown is kept in memory: whoever knows of messages shows all of them after a start.
    """

    def __init__(
        self, address: AsteriskAddress, plan: Callable[[], Plan], lookout: Lookout
    ) -> None:
        self._address = address
        self._plan = plan
        self._lookout = lookout
        self._messages: dict[str, Messages] = {}
        self._ahead: dict[str, None] = {}
        self._desks = _users_of_desks(plan())
        self._something = asyncio.Event()
        lookout.on_arrival(self._remind)

    def show(self, user: str, new: int, old: int) -> None:
        """Light the lamps of a user's phones while there are `new` messages."""
        self._messages[user] = Messages(new, old)
        for tenant in self._plan().tenants.values():
            if person := tenant.people.get(user):
                self._add(device.endpoint for device in person.devices)

    def plans_changed(self, tenants: Collection[TenantId]) -> None:
        """Tell the hot-desk phones that changed hands; returns at once."""
        before, self._desks = self._desks, _users_of_desks(self._plan())
        self._add([e for e, user in self._desks.items() if user != before.get(e)])

    def _remind(self, endpoints: frozenset[str]) -> None:
        found = ((endpoint, self._of(endpoint)) for endpoint in endpoints)
        self._add([e for e, messages in found if messages and (messages.new or e in self._desks)])

    def _add(self, endpoints: Iterable[str]) -> None:
        self._ahead.update(dict.fromkeys(endpoints))
        self._something.set()

    async def run(self) -> None:
        async with AmiClient.connect(self._address) as ami:
            while True:
                await self._something.wait()
                self._something.clear()
                try:
                    await self._tell(ami)
                except AmiError as error:
                    log.warning("message-lamps-not-set", error=str(error))
                    await asyncio.sleep(RETRY_SECONDS)
                    self._something.set()

    async def _tell(self, ami: AmiClient) -> None:
        """Tell the phones that wait to be told; one that is not there is told when it comes."""
        while self._ahead:
            endpoint = next(iter(self._ahead))
            messages = self._of(endpoint)
            if messages is not None and endpoint in (self._lookout.registered or ()):
                try:
                    await ami.notify_endpoint(endpoint, summary(messages))
                except AmiRefused as error:
                    # Gone in this moment; it is told when it comes back.
                    log.info("message-lamp-unreachable", endpoint=endpoint, error=str(error))
            self._ahead.pop(endpoint, None)

    def _of(self, endpoint: str) -> Messages | None:
        """What its lamp shows; None: it has none, or nobody has said."""
        owner = self._plan().endpoints.get(endpoint)
        if owner is None or owner.kind is EndpointKind.TRUNK:
            return None
        return self._messages.get(owner.ref, _NONE if endpoint in self._desks else None)


def _users_of_desks(plan: Plan) -> dict[str, str | None]:
    """Endpoint of each hot-desk phone -> who is logged in."""
    tenants = plan.tenants.values()
    return {e: desk.user for tenant in tenants for e, desk in tenant.hot_desks.items()}


def summary(messages: Messages) -> Notify:
    """The NOTIFY of RFC 3842; urgent messages are not known here."""
    waiting = "yes" if messages.new else "no"
    body = f"Messages-Waiting: {waiting}\nVoice-Message: {messages.new}/{messages.old} (0/0)"
    return Notify("message-summary", "application/simple-message-summary", body)
