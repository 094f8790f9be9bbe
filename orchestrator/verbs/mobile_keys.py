"""Mobile keys: what a person does by keys in a call that reached their mobile.

    *80         hold: the other party hears music
    *81         take the other party back
    *82#101#    blind transfer: the other party is routed to that number, with the person's rights

The codes are the tenant's (`options.codes`). A mobile has no buttons of ours; its leg is one of a
trunk that belongs to a person.
"""

import re
from collections.abc import Mapping

from orchestrator.ari.messages import ChannelDtmfReceived
from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg
from orchestrator.calls.verdict import Reason
from orchestrator.options.rules import Code
from orchestrator.routing.decision import End
from orchestrator.routing.dialled import dialled
from orchestrator.verbs.outcome import Next, StepOutcome

_PLAIN = (Code.MOBILE_HOLD, Code.MOBILE_UNHOLD)
_WITH_NUMBER = (Code.MOBILE_BLIND_TRANSFER,)
_NUMBER = re.compile(r"#([0-9*]{1,30})#")
_REFUSED = "sound:beeperr"


class MobileKeys:
    """What was typed so far in one conversation, and who is held. Made by `talk`."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._typed = ""
        self._held: Leg | None = None

    async def pressed(self, other: Leg, event: ChannelDtmfReceived) -> StepOutcome | None:
        """Take a key of the conversation of the caller with `other`; a transfer ends it."""
        call = self._call
        mobile = call.legs.get(event.channel.id)
        if mobile is None or not (mobile.person and mobile.trunk):
            return None
        codes = call.tenant.options.codes
        self._typed = kept(codes, self._typed + event.digit)
        found = command(codes, self._typed)
        if found is None:
            return None
        self._typed = ""
        staying = other if mobile is call.caller else call.caller
        code, number = found
        if code is Code.MOBILE_HOLD:
            await self._hold(staying)
        elif code is Code.MOBILE_UNHOLD:
            await self._take_back()
        else:
            return await self._transfer(mobile, staying, number)
        return None

    async def _hold(self, staying: Leg) -> None:
        """Out of the bridge, since in it the music would compete with the other's sound."""
        call = self._call
        if self._held is None and await call.ari.remove_from_bridge(call.id, staying.id):
            self._held = staying
            call.bridged.discard(staying.id)
            await call.ari.moh_start(staying.id)

    async def _take_back(self) -> None:
        call, held = self._call, self._held
        if held is None:
            return
        self._held = None
        await call.ari.moh_stop(held.id)
        if await call.ari.add_to_bridge(call.id, held.id, tell_identity=False):
            call.bridged.add(held.id)

    async def _transfer(self, mobile: Leg, staying: Leg, number: str) -> StepOutcome | None:
        """Blind: the mobile leaves. A number that leads nowhere leaves all as it was."""
        call = self._call
        person = call.tenant.people.get(mobile.person or "")
        decision = dialled(call.facts, person, number) if person else None
        if decision is None or isinstance(decision, End):
            await call.ari.play_on_bridge(call.id, [_REFUSED], call.new_playback_id())
            return None
        if self._held is not None:
            await call.ari.moh_stop(staying.id)
        call.end_segment(Reason.TRANSFERRED)
        call.caller = staying
        await call.hang_up(mobile)
        await call.ring_caller()
        return Next(decision)


def command(codes: Mapping[Code, str], typed: str) -> tuple[Code, str] | None:
    """The code and number that `typed` is as a whole, once it is complete."""
    for code in _PLAIN:
        if codes[code] and typed == codes[code]:
            return code, ""
    for code in _WITH_NUMBER:
        begin = codes[code]
        if begin and typed.startswith(begin) and (found := _NUMBER.fullmatch(typed[len(begin) :])):
            return code, found[1]
    return None


def kept(codes: Mapping[Code, str], typed: str) -> str:
    """The longest end of `typed` that is a command or may become one."""
    return next((typed[n:] for n in range(len(typed)) if _may_become(codes, typed[n:])), "")


def _may_become(codes: Mapping[Code, str], typed: str) -> bool:
    wanted = [codes[code] for code in (*_PLAIN, *_WITH_NUMBER) if codes[code]]
    if any(code.startswith(typed) for code in wanted):
        return True
    numbered = [codes[code] for code in _WITH_NUMBER if codes[code]]
    rests = (typed[len(code) :] for code in numbered if typed.startswith(code))
    return any(re.fullmatch(r"#[0-9*]{0,30}#?", rest) is not None for rest in rests)
