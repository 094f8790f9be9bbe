"""What people change by dial codes, as calls ask for it; `orchestrator/features.py` does it."""

from typing import Protocol

from orchestrator.errors import Unavailable
from orchestrator.forwarding.rules import Status
from orchestrator.hours.rules import OverrideState
from orchestrator.types import TenantId


class Features(Protocol):
    """What people change by dial codes, each on behalf of the user who dialled, or keyed in a PIN.

    Each raises Denied when the user may not, another CentraleError when it cannot be done;
    either all of it is done or nothing.
    """

    async def set_status(self, tenant: TenantId, user: str, status: Status) -> None:
        """Put the user into this status."""

    async def set_queues(self, tenant: TenantId, user: str, logged_in: bool) -> None:
        """Log the user in to all queues, or out of them."""

    async def override_hours(
        self, tenant: TenantId, user: str, state: OverrideState | None
    ) -> None:
        """Force the hours of all departments into `state`; None: back to their schedules."""

    async def report_room(self, tenant: TenantId, user: str, report: str) -> None:
        """Note what is keyed in about the room where the user's telephone stands
        (`hotel/rules.py`)."""

    async def use_hot_desk(self, tenant: TenantId, user: str, desk: str) -> None:
        """Make the hot-desk phone `desk` (id) that of the user, who leaves any other one."""

    async def leave_hot_desk(self, tenant: TenantId, user: str, desk: str) -> None:
        """Log the user out of the hot-desk phone."""


class NoFeatures:
    """For a node without a database."""

    async def set_status(self, tenant: TenantId, user: str, status: Status) -> None:
        raise Unavailable("Nothing can be changed here.")

    async def set_queues(self, tenant: TenantId, user: str, logged_in: bool) -> None:
        raise Unavailable("Nothing can be changed here.")

    async def override_hours(
        self, tenant: TenantId, user: str, state: OverrideState | None
    ) -> None:
        raise Unavailable("Nothing can be changed here.")

    async def report_room(self, tenant: TenantId, user: str, report: str) -> None:
        raise Unavailable("Nothing can be changed here.")

    async def use_hot_desk(self, tenant: TenantId, user: str, desk: str) -> None:
        raise Unavailable("Nothing can be changed here.")

    async def leave_hot_desk(self, tenant: TenantId, user: str, desk: str) -> None:
        raise Unavailable("Nothing can be changed here.")
