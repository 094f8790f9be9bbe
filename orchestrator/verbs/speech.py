"""Speech: what several verbs say to the caller, and how they answer for us."""

from orchestrator.ari.messages import PlaybackFinished
from orchestrator.calls.call import Call
from orchestrator.calls.leg import LegEvent, LegState
from orchestrator.calls.messages import Surrender
from orchestrator.prompts.phrases import Phrase

# A prompt that never reports its end must not hold the call for ever.
_LONGEST_SECONDS = 300.0

# An event that is on its way comes within this time.
_LATE_SECONDS = 2.0
# The caller's hang-up follows what it made fail at once; a sound that does not exist must not
# make for a long silence.
_SOON_SECONDS = 0.5
# How long nothing may be heard of a prompt before we ask whether it still plays.
_ASKING_SECONDS = 5.0


async def answer(call: Call) -> None:
    """Answer the caller ourselves; nothing happens when that was done before.

    For the journal a machine that answers is the step's answer, not that of the call: whether
    anybody took it is for the steps that follow.
    """
    segment = call.entry.open_segment()
    if segment is not None and not segment.answered_at:
        segment.answered_at = call.now
    if call.caller.state is LegState.RINGING:
        if await call.ari.answer(call.caller.id):
            call.caller.apply(LegEvent.ANSWERED)
    elif call.ringing:
        await call.ari.stop_ring(call.caller.id)
    call.ringing = False
    await call.stop_music()


async def speak(call: Call, prompts: tuple[str, ...]) -> bool:
    """Say `prompts` to the caller, one after the other, and wait for their end.

    Before an answer they are early media. A prompt that does not exist is left out; False when
    that was the last one.
    """
    if call.caller.state is LegState.RINGING:
        await call.ari.progress(call.caller.id)
    playback = call.new_playback_id()
    if not await begin(call, prompts, playback):
        # Who cannot be spoken to has hung up: the event that says so is on its way.
        await _end_of(call, playback, _LATE_SECONDS)
        return True
    end = await _end_of(call, playback, _LONGEST_SECONDS)
    if end == "":
        await call.ari.stop_playback(playback)
    elif end == "failed":
        # There is no such sound, or the caller hung up: then nobody is to be rung any more.
        await _end_of(call, playback, _SOON_SECONDS)
    return end != "failed"


async def begin(call: Call, prompts: tuple[str, ...], playback: str) -> bool:
    """Start to say `prompts`, in the language of the call; False when the caller is gone."""
    media = [media_of(call, prompt) for prompt in prompts]
    return await call.ari.play(call.caller.id, media, playback, sounds_in(call.language))


def sounds_in(language: str) -> str:
    """The folder of Asterisk's sounds for `language`: `pt-BR` -> `pt`."""
    return language[:2].lower()


def media_of(call: Call, prompt: str) -> str:
    """What ARI plays for `prompt`: the id of one of the tenant's prompts, a file of the media
    store (`file:...`), the name of a built-in sound, or what Asterisk says by itself
    (`digits:101`, `number:7`, `characters:abc`, `tone:ring`, `recording:name`)."""
    kind, _, rest = prompt.partition(":")
    if kind == "file":
        return call.ports.media.playable(rest)
    if rest:
        return prompt
    own = call.tenant.prompts.get(prompt)
    if own is not None and own.file in call.ports.media.missing:
        # Anything is better than silence: who hears nothing hangs up.
        return f"sound:{Phrase.ONE_MOMENT}"
    return call.ports.media.playable(own.file) if own else f"sound:{prompt}"


async def _end_of(call: Call, playback: str, seconds: float) -> str:
    """How `playback` ended (`done`, `failed`); "" when it does not within `seconds`.

    The event that tells of it may have been lost with the connection: then we ask.
    """
    patience = min(_ASKING_SECONDS, call.ports.sanity_seconds)
    deadline = call.ports.clock.monotonic() + seconds
    while (remaining := deadline - call.ports.clock.monotonic()) > 0:
        message = await call.next(min(remaining, patience))
        if isinstance(message, PlaybackFinished) and message.playback.id == playback:
            return message.playback.state
        if isinstance(message, Surrender):
            message.answer(None)
        elif message is None and await call.ari.playback(playback) is None:
            return "done"
    return ""
