"""Where a call from a trunk goes: the DID decides. Pure."""

from collections.abc import Iterable

from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.routing.decision import Decision, End
from orchestrator.routing.dialled import follow
from orchestrator.routing.plan import DidLine, TenantPlan, TrunkLine

NOT_IN_SERVICE = Verdict(Outcome.REFUSED, Reason.UNKNOWN_NUMBER, Cause.UNALLOCATED)
INBOUND_OFF = Verdict(Outcome.REFUSED, Reason.NOT_ALLOWED, Cause.REJECTED)


def inbound(tenant: TenantPlan, trunk: TrunkLine, number: str) -> Decision:
    """The first step of a call that came in by `trunk` for `number`, as the provider sent it.

    A caller of the outside world who dials a number that leads nowhere gets the network's own
    announcement (404), not ours: nothing is answered and nobody pays.
    """
    if not trunk.inbound:
        return End(INBOUND_OFF)
    did = find_did(tenant.dids, trunk, number)
    if did is None:
        return End(NOT_IN_SERVICE)
    return follow(tenant, did.destination)


def find_did(dids: Iterable[DidLine], trunk: TrunkLine, number: str) -> DidLine | None:
    """The DID for `number`: exact before by ending, longer endings first, own trunk first.

    A DID written `*123456` matches every number that ends with those digits. A leading `+`
    is ignored on both sides, since providers differ in sending it.
    """
    digits = number.removeprefix("+")
    best: tuple[bool, int, bool] | None = None
    found: DidLine | None = None
    for did in dids:
        if did.trunk is not None and did.trunk != trunk.id:
            continue
        by_ending = did.number.startswith("*")
        wanted = did.number[1:] if by_ending else did.number.removeprefix("+")
        if not wanted or not (digits.endswith(wanted) if by_ending else digits == wanted):
            continue
        rank = (not by_ending, len(wanted), did.trunk is not None)
        if best is None or rank > best:
            best, found = rank, did
    return found
