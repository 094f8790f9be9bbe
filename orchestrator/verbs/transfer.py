"""Transfer: a phone hands its conversation on (SIP REFER, RFC 3515; Replaces, RFC 3891).

Asterisk answers 202 by itself and leaves the rest to us (`PJSIP_TRANSFER_HANDLING()=ari-only`);
what became of it is told to the phone by `transfer_progress`, which ends as a NOTIFY.

    blind      REFER to a number: the party that stays is routed to it as a new step
    attended   REFER to another call of the same phone: its far end joins this call's bridge

A blind transfer to a number that leads nowhere, or to a place that is taken, is declined; the two
go on talking. One to a colleague who is busy or does not answer comes back
(`routing/transferred.py`). A command over the API does the same (`verbs/commands.py`): only who is
told of it differs, and how (`Tell`).
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from orchestrator.ari.messages import ChannelTransfer
from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg
from orchestrator.calls.messages import Dismiss, Surrender
from orchestrator.calls.verdict import Reason
from orchestrator.routing.decision import Decision, End, Join, Park
from orchestrator.routing.dial_codes import called
from orchestrator.routing.transferred import transferred
from orchestrator.verbs.outcome import Next, StepOutcome
from orchestrator.verbs.places import reserve

# How long another call may take to give up a leg: it does so between two of its events.
_SURRENDER_SECONDS = 2.0

DONE, DECLINED = "channel_answered", "channel_declined"
Tell = Callable[[str], Awaitable[object]]
"""Tells whoever asked for the transfer what becomes of it: `DONE` or `DECLINED`, once."""


async def run(call: Call, other: Leg, event: ChannelTransfer) -> StepOutcome | Leg | None:
    """Carry the transfer out.

    Returns the outcome that continues the call (blind), the leg that is now the other party
    (attended), or None when the transfer was declined and all stays as it was.
    """
    transferor_id = event.referred_by.source_channel.id
    staying = other if transferor_id == call.caller.id else call.caller
    transferor = call.caller if staying is other else other
    if transferor.id != transferor_id:
        return None

    def tell(state: str) -> Awaitable[object]:
        return call.ari.end_transfer(transferor.id, state)

    target, wanted = event.refer_to.destination_channel, event.refer_to.connected_channel
    if target is None:
        number = event.refer_to.requested_destination.destination
        return await blind(call, transferor, staying, number, tell)
    if call.registry.rooms.room_of(target.id) is not None:
        return await _into_room(call, transferor, staying, target.id)
    if wanted is None:
        leg = await _while_connecting(call, transferor, staying, target.id, tell)
        return leg or await before_answer(call, transferor, staying, target.id, tell)
    return await attended(call, transferor, staying, wanted.id, tell)


async def blind(
    call: Call, transferor: Leg, staying: Leg, number: str, tell: Tell
) -> StepOutcome | None:
    """Route the party that stays to `number`, by the rights of who transfers."""
    decision = _route(call, transferor, staying, number)
    if decision is None:
        await tell(DECLINED)
        return None
    billing = called(call.tenant.options.codes, number).billing
    call.entry.billing_code = billing or call.entry.billing_code
    return await _hand_on(call, transferor, staying, decision, tell)


async def _hand_on(
    call: Call, transferor: Leg, staying: Leg, decision: Decision, tell: Tell
) -> StepOutcome:
    """Let the transferor go; whoever stays hears ringing until the next step, or its music."""
    await tell(DONE)
    call.end_segment(Reason.TRANSFERRED)
    call.caller = staying
    await call.hang_up(transferor)
    if not isinstance(decision, Park):
        await call.ring_caller()
    return Next(decision)


async def attended(
    call: Call, transferor: Leg, staying: Leg, wanted: str, tell: Tell
) -> Leg | None:
    """Take `wanted`, the far end of the transferor's other call, in the transferor's place."""
    owner = _another(call, wanted)
    leg = None
    if owner is not None:
        leg = await _join(call, transferor, staying, (owner, Surrender(wanted, call)), tell)
    if leg is None:
        await tell(DECLINED)
    return leg


async def _while_connecting(
    call: Call, transferor: Leg, staying: Leg, second: str, tell: Tell
) -> Leg | None:
    """A quick phone transfers in the moment in which its second call, that of the channel
    `second`, is answered, and Asterisk does not see whom that is connected with. Its call knows."""
    owner = _another(call, second)
    if owner is None or not owner.entry.answered_at:
        return None
    request = Surrender("", call, beside=second)
    return await _join(call, transferor, staying, (owner, request), tell)


async def _join(
    call: Call, transferor: Leg, staying: Leg, asked: tuple[Call, Surrender], tell: Tell
) -> Leg | None:
    """Take the leg that another call is asked for; None when it gives none.

    It answers every request, also when it ends; the time-out is for two calls that ask each other.
    """
    owner, request = asked
    if not owner.mailbox.put(request):
        return None
    leg = await call.registry.surrendered(request, _SURRENDER_SECONDS)
    if leg is None:
        return None
    try:
        await _take(call, leg, staying, tell)
    finally:
        request.release()
    await call.hang_up(transferor)
    return leg


async def _take(call: Call, leg: Leg, staying: Leg, tell: Tell) -> None:
    """Bridge `leg`, which was another call's, with the party that stays."""
    call.add_leg(leg)
    call.end_segment(Reason.TRANSFERRED)
    call.caller = staying
    kind = "user" if leg.person else "external"
    call.begin_segment(kind, leg.person or leg.trunk or "", leg.number)
    call.answered()
    joined = call.ari.add_to_bridge(call.id, leg.id)
    told = tell(DONE)
    await joined
    await told
    call.bridged.add(leg.id)


async def before_answer(
    call: Call, transferor: Leg, staying: Leg, ringing: str, tell: Tell
) -> StepOutcome | None:
    """The transferor did not wait for the answer: end its second call, which it makes by the
    channel `ringing`, and route to its target from here."""
    second = _another(call, ringing)
    decision = _route(call, transferor, staying, second.entry.dialled) if second else None
    if second is None or decision is None:
        await tell(DECLINED)
        return None
    try:
        return await _hand_on(call, transferor, staying, decision, tell)
    finally:
        second.mailbox.put(Dismiss())


async def _into_room(call: Call, transferor: Leg, staying: Leg, member: str) -> StepOutcome | None:
    """The transferor's second call is in a conference room: the party that stays takes its place,
    and is asked for no PIN, since the transferor knew it."""
    second = _another(call, member)
    room = call.tenant.conferences.get(call.registry.rooms.room_of(member) or "")
    if second is None or room is None:
        await call.ari.transfer_progress(transferor.id, DECLINED)
        return None
    await call.ari.end_transfer(transferor.id, DONE)
    call.end_segment(Reason.TRANSFERRED)
    call.caller = staying
    await call.hang_up(transferor)
    # In a full room the place must be free before it is taken.
    await call.registry.rooms.leave([member])
    second.mailbox.put(Dismiss())
    return Next(Join(room, admitted=True))


def _another(call: Call, channel_id: str) -> Call | None:
    """The other call of the same tenant that owns `channel_id`.

    A REFER names the other call by its SIP dialog, and whoever learnt the ids of a stranger's
    dialog could name that one.
    """
    owner = call.registry.find(channel_id)
    if owner is None or owner is call or owner.tenant.id != call.tenant.id:
        return None
    return owner


def _route(call: Call, transferor: Leg, staying: Leg, number: str) -> Decision | None:
    """Where `number` leads, by the rights of who transfers; None: nowhere.

    A place to park in is taken at once, since the transferor is told now that it worked.
    """
    if not (transferor.person or transferor.trunk):
        # A hot-desk phone at which nobody is logged in calls for help, and nothing else.
        return None
    person = call.tenant.people.get(transferor.person or "")
    name = staying.name or staying.number
    decision = transferred(replace(call.facts, person=person), number, name)
    if isinstance(decision, End) or (isinstance(decision, Park) and reserve(call, decision)):
        return None
    return decision
