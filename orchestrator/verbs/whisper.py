"""Whisper: what the pager alone hears, by a snoop channel that Asterisk hangs onto the pager's.

The snoop channel is a leg of the call. It has no person and no endpoint, and ends with the pager's.
"""

from orchestrator.ari.client import Done
from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg, LegState
from orchestrator.prompts.saying import number
from orchestrator.verbs.listeners import Listeners
from orchestrator.verbs.speech import media_of

_BEEP = ("beep",)


class Whisper:
    """A beep once somebody hears the page, and the number of people once all have joined."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._leg: Leg | None = None
        self._beeped = self._counted = False

    def start(self) -> Done:
        """Hang the channel on; False when the pager is gone."""
        call = self._call
        leg = self._leg = Leg(call.new_leg_id(), "", call.caller.number, call.caller.name)
        call.add_leg(leg)
        return call.ari.snoop(call.caller.id, leg.id, spy="none", whisper="out")

    async def tell(self, listeners: Listeners) -> None:
        """Say what is to be said by now."""
        leg = self._leg
        if leg is None or leg.state is not LegState.UP:
            return
        if not self._beeped:
            self._beeped = True
            await self._play(leg, _BEEP)
        if not self._counted and listeners.settled and listeners.joined:
            self._counted = True
            await self._play(leg, number(listeners.joined, self._call.language))

    async def _play(self, leg: Leg, prompts: tuple[str, ...]) -> None:
        call = self._call
        language = call.language[:2].lower()
        media = [media_of(call, prompt) for prompt in prompts]
        await call.ari.play(leg.id, media, call.new_playback_id(), language)
