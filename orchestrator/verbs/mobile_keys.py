"""Mobile keys: what a person does by keys in a call that reached their mobile.

    *80         hold: the other party hears music
    *81         take the other party back
    *82#101#    blind transfer: the other party is routed to that number, with the person's rights
    *83#101#    consult: hold, and call that number (`consult.py` has what follows)

The codes are the tenant's (`options.codes`). A mobile has no buttons of ours; its leg is one of a
trunk that belongs to a person.
"""

from orchestrator.ari.messages import ChannelDtmfReceived
from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg
from orchestrator.calls.verdict import Reason
from orchestrator.options.rules import Code
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import Consult, Decision, DialOut, End, Ring
from orchestrator.routing.dialled import dialled
from orchestrator.verbs.outcome import Next, StepOutcome
from orchestrator.verbs.typed_codes import TypedCodes

_REFUSED = f"sound:{Phrase.ERROR_BEEP}"


class MobileKeys:
    """The keys of one conversation, and who is held. Made by `talk`."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._held: Leg | None = None
        self._keys = TypedCodes(
            (Code.MOBILE_HOLD, Code.MOBILE_UNHOLD),
            (Code.MOBILE_BLIND_TRANSFER, Code.MOBILE_CONSULT),
        )

    async def pressed(self, other: Leg, event: ChannelDtmfReceived) -> StepOutcome | None:
        """Take a key of the conversation of the caller with `other`; some commands end it."""
        call = self._call
        mobile = call.legs.get(event.channel.id)
        if mobile is None or not (mobile.person and mobile.trunk):
            return None
        found = self._keys.press(call.tenant.options.codes, event.digit)
        if found is None:
            return None
        staying = other if mobile is call.caller else call.caller
        code, number = found
        if code is Code.MOBILE_HOLD:
            await self._hold(staying)
        elif code is Code.MOBILE_UNHOLD:
            await self._take_back()
        elif (decision := await self._route(mobile, number)) is None:
            return None
        elif code is Code.MOBILE_BLIND_TRANSFER:
            return await self._transfer(mobile, staying, decision)
        elif isinstance(decision, Ring | DialOut):
            return await self._consult(mobile, staying, decision)
        else:
            await self._refuse()
        return None

    async def _route(self, mobile: Leg, number: str) -> Decision | None:
        """Where `number` leads; None, and a tone that says so, when it leads nowhere."""
        call = self._call
        person = call.tenant.people.get(mobile.person or "")
        decision = dialled(call.facts, person, number) if person else None
        if decision is None or isinstance(decision, End):
            await self._refuse()
            return None
        return decision

    async def _refuse(self) -> None:
        call = self._call
        await call.ari.play_on_bridge(call.id, [_REFUSED], call.new_playback_id())

    async def _hold(self, staying: Leg) -> None:
        """Out of the bridge, since in it the music would compete with the other's sound."""
        call = self._call
        if self._held is None and await call.ari.remove_from_bridge(call.id, staying.id):
            self._held = staying
            call.bridged.discard(staying.id)
            await call.ari.moh_start(staying.id)

    async def _take_back(self) -> None:
        if self._held is not None:
            held, self._held = self._held, None
            await take_back(self._call, held)

    async def _transfer(self, mobile: Leg, staying: Leg, decision: Decision) -> StepOutcome:
        """Blind: the mobile leaves."""
        call = self._call
        if self._held is not None:
            await call.ari.moh_stop(staying.id)
        call.end_segment(Reason.TRANSFERRED)
        call.caller = staying
        await call.hang_up(mobile)
        await call.ring_caller()
        return Next(decision)

    async def _consult(self, mobile: Leg, staying: Leg, decision: Ring | DialOut) -> StepOutcome:
        call = self._call
        await self._hold(staying)
        call.end_segment(Reason.TRANSFERRED)
        call.caller = mobile
        return Next(Consult(staying.id, decision))


async def take_back(call: Call, held: Leg) -> None:
    """Back into the bridge, without music."""
    await call.ari.moh_stop(held.id)
    if await call.ari.add_to_bridge(call.id, held.id, tell_identity=False):
        call.bridged.add(held.id)
