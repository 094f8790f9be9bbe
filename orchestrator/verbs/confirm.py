"""Confirm: whoever answered hears a prompt and takes the call with a key, or leaves it.

    1                           the call is theirs
    2, hang-up, end of prompt   it is not; the leg goes

So the voicemail of a mobile never takes a call, and a screened caller is refused unheard.
"""

from collections.abc import Iterable, Mapping

from orchestrator.ari.messages import ChannelDtmfReceived, PlaybackFinished
from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg, LegState
from orchestrator.calls.messages import Message, Surrender
from orchestrator.calls.verdict import Cause
from orchestrator.prompts.phrases import Phrase
from orchestrator.verbs.speech import sounds_in

INCOMING = (f"sound:{Phrase.INCOMING_CALL}", f"sound:{Phrase.ACCEPT_OR_REJECT}")
"""You have an incoming call. Press 1 to accept this call, or 2 to reject it."""

LEAST_SECONDS = 10.0
"""Whoever answers has at least this long to press a key, however late it is."""

_ACCEPT, _DECLINE = "1", "2"
_PAUSE = f"sound:{Phrase.PAUSE}"

# A prompt that never reports its end must not hold the call for ever.
_LONGEST_SECONDS = 60.0


class Questions:
    """What those legs hear that have to accept (`prompts`: leg id -> media), and what they said.

    Legs without a prompt have the call as soon as they answer.
    """

    def __init__(self, call: Call, prompts: Mapping[str, tuple[str, ...]]) -> None:
        self._call = call
        self._prompts = prompts
        self._playbacks: dict[str, str] = {}
        self._accepted: set[str] = set()

    def taken_by(self, leg: Leg) -> bool:
        """Whether the call is this leg's."""
        asked = leg.id in self._prompts
        return leg.state is LegState.UP and (not asked or leg.id in self._accepted)

    async def ask(self, legs: Iterable[Leg]) -> bool:
        """Begin to ask those that have answered since; whether there was one."""
        began = False
        for leg in legs:
            media = self._prompts.get(leg.id)
            if leg.state is LegState.UP and media and leg.id not in self._playbacks:
                began = True
                playback = self._playbacks[leg.id] = self._call.new_playback_id()
                language = sounds_in(self._call.language_of(leg))
                said = (*media, _PAUSE, *media, _PAUSE)
                await self._call.ari.play(leg.id, said, playback, language)
        return began

    async def heard(self, message: Message | None) -> None:
        """Take what `message` says of the legs that are asked."""
        if isinstance(message, ChannelDtmfReceived):
            leg = self._asked(message.channel.id)
            if leg and message.digit == _ACCEPT:
                self._accepted.add(leg.id)
            elif leg and message.digit == _DECLINE:
                await self._call.hang_up(leg)
        elif isinstance(message, PlaybackFinished) and message.playback.state == "done":
            leg = self._asked(message.channel_id or "")
            if leg and self._playbacks[leg.id] == message.playback.id:
                # Who lets it pass did not decline: it is as if nobody had answered.
                await self._call.hang_up(leg, Cause.NO_ANSWER)

    def _asked(self, channel: str) -> Leg | None:
        """The leg `channel`, if it is being asked."""
        open_ = channel in self._playbacks and channel not in self._accepted
        return self._call.legs.get(channel) if open_ else None


async def accepts(call: Call, leg: Leg, media: tuple[str, ...]) -> bool:
    """Ask `leg`, which answered, and wait for what it says; when it declines it is gone."""
    questions = Questions(call, {leg.id: media})
    await questions.ask([leg])
    deadline = call.ports.clock.monotonic() + _LONGEST_SECONDS
    while leg.alive and not questions.taken_by(leg):
        message = await call.next(deadline - call.ports.clock.monotonic())
        if message is None:
            await call.hang_up(leg, Cause.NO_ANSWER)
        elif isinstance(message, Surrender):
            message.answer(None)
        await questions.heard(message)
    return leg.alive
