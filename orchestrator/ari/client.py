"""What we can ask of Asterisk, typed.

Every method sends at once and returns a future, so requests can follow each other without
waiting, and arrive in the order of the calls:

    answered = ari.answer(caller)
    bridged = ari.add_to_bridge(bridge, caller, callee)
    await answered, await bridged

"Already gone" is a value: what is done to a channel or a bridge gives True when done and False
when the channel or bridge has gone, or has left our application. Everything else that goes wrong
is an AriError (`errors.py`). A future may be dropped if nobody cares for the result.

Answering, setting variables and moving in or out of a bridge end what plays or records on the
channel (`occupied.py` says why).

Ids of channels, bridges and playbacks are chosen by the caller, so that events can be routed
before the answer is there.
"""

import asyncio
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from orchestrator.ari import answers
from orchestrator.ari.echoes import QUESTION, Echoes
from orchestrator.ari.errors import TooOld
from orchestrator.ari.link import Link, Listener
from orchestrator.ari.messages import (
    Application,
    AsteriskInfo,
    Bridge,
    Channel,
    Endpoint,
    Event,
    LiveRecording,
    Playback,
    RESTResponse,
)
from orchestrator.ari.metrics import AriMetrics
from orchestrator.ari.occupied import Occupied
from orchestrator.ari.requests import Create, Originate, Record, play_params
from orchestrator.ari.transport import AriTransport, Params, Read, T, Value

__all__ = ["EVENTS", "OLDEST", "AriClient", "Create", "Done", "Originate", "Record"]

Done = asyncio.Future[bool]
"""True: done. False: the channel, bridge or playback is gone, so there is nothing to do."""

OLDEST = (22, 10, 1)
"""Older versions dead-lock under an ARI-only load (asterisk#1962, #1946)."""

EVENTS = (
    "StasisStart",
    "StasisEnd",
    "ChannelStateChange",
    "ChannelDestroyed",
    "ChannelDtmfReceived",
    "ChannelHold",
    "ChannelUnhold",
    "ChannelTransfer",
    "PlaybackFinished",
    "RecordingFinished",
    "RecordingFailed",
    "ApplicationReplaced",
)
"""What Asterisk sends us. Every event costs at both ends, so only what is acted upon.

Both ends of a leg are needed: a caller's hang-up shows as StasisEnd alone, and a leg that we
called and that never answered as ChannelDestroyed alone.
"""


class AriClient:
    """The client of one Asterisk. Nothing happens before `run()` is started."""

    def __init__(
        self,
        transport: AriTransport,
        *,
        app: str = "centrale",
        events: Sequence[str] = EVENTS,
        metrics: AriMetrics | None = None,
        probe_every: float = 5.0,
    ) -> None:
        self._transport = transport
        self._app = app
        self._events = tuple(events)
        metrics = metrics or AriMetrics()
        self._occupied = Occupied()
        self._echoes = Echoes()
        self._link = Link(transport, self, metrics, probe_every)

    # The connection ---------------------------------------------------------------------------

    async def run(self, listener: Listener) -> None:
        """Connect, reconcile, deliver events, reconnect: until cancelled.

        Ends by itself with TooOld, or with Replaced if another one takes the application.
        """
        await self._link.run(listener)

    @property
    def connected(self) -> bool:
        return self._link.connected

    async def wait_connected(self, timeout: float = 10.0) -> None:
        """Wait for `connected`; raises Unavailable after `timeout` seconds."""
        await self._link.wait_connected(timeout)

    async def prepare(self) -> None:
        """For `Link`, on each new connection: is this Asterisk fit, and what may it send us."""
        info = await self.info()
        if answers.version(info.version) < OLDEST:
            raise TooOld(
                f"Asterisk is {info.version}; needed: {'.'.join(map(str, OLDEST))} or newer"
            )
        await self.set_event_filter(self._events)
        self._occupied.keep({channel.id for channel in await self.channels()})

    def expect_end(self) -> None:
        """Asterisk is about to be ended."""
        self._link.expect_end()

    def note(self, event: Event) -> None:
        """For `Link`: sees every event as it arrives."""
        self._occupied.on_event(event)
        self._echoes.on_event(event)

    def probe(self) -> "asyncio.Future[Application]":
        """For `Link`: a request that is answered as long as the application lives."""
        # `/asterisk/ping` still answers when the session of an application is wedged
        # (asterisk#2170), and the application is what we live on.
        return self._send("GET", f"applications/{_part(self._app)}", None, answers.application)

    # Asterisk itself --------------------------------------------------------------------------

    def ping(self) -> Done:
        return self._send("GET", "asterisk/ping", None, answers.done)

    def info(self) -> "asyncio.Future[AsteriskInfo]":
        return self._send("GET", "asterisk/info", None, answers.info)

    def reload_module(self, name: str) -> Done:
        """Reload `name` (with or without `.so`); False if it is not loaded."""
        name = name if name.endswith(".so") else f"{name}.so"
        return self._send("PUT", f"asterisk/modules/{_part(name)}", None, answers.done)

    def global_variable(self, name: str) -> "asyncio.Future[str | None]":
        """Value of a global variable or function; an unset one is empty."""
        return self._send("GET", "asterisk/variable", {"variable": name}, answers.variable)

    def set_global_variable(self, name: str, value: str) -> Done:
        params = {"variable": name, "value": value}
        return self._send("POST", "asterisk/variable", params, answers.done)

    def set_event_filter(self, allowed: Sequence[str]) -> "asyncio.Future[Application]":
        """Let only these types through. The answers to requests are always among them."""
        types = tuple({"type": name} for name in (*allowed, RESTResponse.NAME))
        path = f"applications/{_part(self._app)}/eventFilter"
        return self._send("PUT", path, {"allowed": types}, answers.application)

    def set_device_state(self, name: str, state: str) -> Done:
        """State of `Stasis:...`: NOT_INUSE, INUSE, RINGING, BUSY, ONHOLD, UNAVAILABLE ..."""
        return self._send("PUT", _device(name), {"deviceState": state}, answers.done)

    def delete_device_state(self, name: str) -> Done:
        return self._send("DELETE", _device(name), None, answers.done)

    def endpoint(self, tech: str, resource: str) -> "asyncio.Future[Endpoint | None]":
        path = f"endpoints/{_part(tech)}/{_part(resource)}"
        return self._send("GET", path, None, answers.endpoint)

    def endpoints(self, tech: str) -> "asyncio.Future[list[Endpoint]]":
        return self._send("GET", f"endpoints/{_part(tech)}", None, answers.endpoints)

    # Channels ---------------------------------------------------------------------------------

    def channels(self) -> "asyncio.Future[list[Channel]]":
        """All channels of this Asterisk, ours or not."""
        return self._send("GET", "channels", None, answers.channels)

    def channel(self, channel: str) -> "asyncio.Future[Channel | None]":
        return self._send("GET", f"channels/{_part(channel)}", None, answers.channel)

    def originate(self, leg: Originate) -> "asyncio.Future[Channel]":
        """Call somebody. Raises Unreachable (nobody there), Conflict (the id is taken)."""
        return self._send("POST", "channels", leg.params(self._app), answers.new_channel)

    def create(self, leg: Create) -> "asyncio.Future[Channel]":
        """Make a leg to be dialled later. Raises Unreachable (no such endpoint), Conflict."""
        params = leg.params(self._app)
        return self._send("POST", "channels/create", params, answers.new_channel)

    def dial(self, channel: str, caller: str, timeout: int) -> Done:
        """Call the far end of a created leg on behalf of the channel `caller`."""
        return self._channel("POST", channel, "/dial", {"caller": caller, "timeout": timeout})

    def answer(self, channel: str) -> Done:
        self._settle(channel)
        return self._channel("POST", channel, "/answer")

    def ring(self, channel: str) -> Done:
        """Tell the caller that it rings (180)."""
        return self._channel("POST", channel, "/ring")

    def stop_ring(self, channel: str) -> Done:
        return self._channel("DELETE", channel, "/ring")

    def progress(self, channel: str) -> Done:
        """Open early media towards the caller (183)."""
        return self._channel("POST", channel, "/progress")

    def hangup(self, channel: str, cause: int = 16) -> Done:
        """End the channel with a Q.850 cause, which becomes the SIP status if unanswered."""
        return self._channel("DELETE", channel, "", {"reason_code": str(cause)})

    def continue_(self, channel: str, context: str, extension: str, priority: int = 1) -> Done:
        """Let the channel go, into the dialplan."""
        params: Params = {"context": context, "extension": extension, "priority": priority}
        return self._channel("POST", channel, "/continue", params)

    def send_dtmf(self, channel: str, digits: str) -> Done:
        """Press keys towards the far end: some 0.2 s each, in which the channel is occupied."""
        return self._channel("POST", channel, "/dtmf", {"dtmf": digits})

    def mute(self, channel: str, direction: str = "both") -> Done:
        """`direction`: in (what the channel says), out (what it hears), both."""
        return self._channel("POST", channel, "/mute", {"direction": direction})

    def unmute(self, channel: str, direction: str = "both") -> Done:
        return self._channel("DELETE", channel, "/mute", {"direction": direction})

    def hold(self, channel: str) -> Done:
        """Signal hold to the device; see `moh_start` for music."""
        return self._channel("POST", channel, "/hold")

    def unhold(self, channel: str) -> Done:
        return self._channel("DELETE", channel, "/hold")

    def moh_start(self, channel: str, moh_class: str = "default") -> Done:
        return self._channel("POST", channel, "/moh", {"mohClass": moh_class})

    def moh_stop(self, channel: str) -> Done:
        return self._channel("DELETE", channel, "/moh")

    def silence(self, channel: str) -> Done:
        """Play silence to the channel until it ends; what others say is not heard by it."""
        return self._channel("POST", channel, "/silence")

    def snoop(self, channel: str, snoop: str, spy: str = "both", whisper: str = "none") -> Done:
        """Make the channel `snoop`, which hears what `channel` says (`in`), hears (`out`) or both,
        and whispers what it is told into the same directions. It is ours at once, and ends with
        `channel`. False as well if its id is taken: Asterisk says both alike.
        """
        params: Params = {"spy": spy, "whisper": whisper, "app": self._app}
        return self._channel("POST", channel, f"/snoop/{_part(snoop)}", params)

    def transfer_progress(self, channel: str, state: str) -> Done:
        """Tell the phone that asked (REFER) how its transfer goes, by a NOTIFY.

        `state`: channel_progress (100), channel_answered (200, the end), channel_unavailable
        (503, the end), channel_declined (603, the end).
        """
        self.get_variable(channel, QUESTION)  # `echoes.py` says why.
        return self._channel("POST", channel, "/transfer_progress", {"states": state})

    async def end_transfer(self, channel: str, state: str) -> bool:
        """`transfer_progress`, and wait until the phone was told: only then may its channels be
        hung up (`echoes.py`)."""
        return await self._echoes.of(channel, lambda: self.transfer_progress(channel, state))

    def get_variable(self, channel: str, name: str) -> "asyncio.Future[str | None]":
        """Value of a variable or function; None if the channel is gone or it is not set."""
        path = f"channels/{_part(channel)}/variable"
        return self._send("GET", path, {"variable": name}, answers.variable)

    def set_variable(self, channel: str, name: str, value: str) -> Done:
        self._settle(channel)
        return self._channel("POST", channel, "/variable", {"variable": name, "value": value})

    def set_variables(self, channel: str, variables: Mapping[str, str]) -> Done:
        self._settle(channel)
        return self._channel("POST", channel, "/variables", {"variables": variables})

    # Sound ------------------------------------------------------------------------------------

    def play(
        self, channel: str, media: Sequence[str], playback_id: str, language: str = ""
    ) -> Done:
        """Play `media` (`sound:`, `recording:`, `digits:`, `tone:` ...) one after the other.

        PlaybackFinished tells the end; its state is `failed` if a sound does not exist.
        """
        self._occupied.start(channel, playback_id, ("DELETE", _playback(playback_id)))
        return self._channel("POST", channel, "/play", play_params(media, playback_id, language))

    def play_on_bridge(
        self, bridge: str, media: Sequence[str], playback_id: str, language: str = ""
    ) -> Done:
        """Play to all members of a bridge."""
        return self._bridge("POST", bridge, "/play", play_params(media, playback_id, language))

    def playback(self, playback_id: str) -> "asyncio.Future[Playback | None]":
        """None when it has ended."""
        return self._send("GET", _playback(playback_id), None, answers.playback)

    def stop_playback(self, playback_id: str) -> Done:
        self._occupied.end(playback_id)
        return self._send("DELETE", _playback(playback_id), None, answers.done)

    def record(self, channel: str, recording: Record) -> Done:
        """Record what the channel says. RecordingFinished or RecordingFailed follows."""
        self._occupied.start(channel, recording.name, ("POST", _stop_recording(recording.name)))
        return self._channel("POST", channel, "/record", recording.params())

    def music_on_bridge(self, bridge: str, moh_class: str = "default") -> Done:
        """Play music to all members of a bridge until it is stopped."""
        return self._bridge("POST", bridge, "/moh", {"mohClass": moh_class})

    def stop_music_on_bridge(self, bridge: str) -> Done:
        """Raises Conflict when no music plays."""
        return self._bridge("DELETE", bridge, "/moh")

    def record_bridge(self, bridge: str, recording: Record) -> Done:
        """Record the mix of a bridge."""
        return self._bridge("POST", bridge, "/record", recording.params())

    def stop_recording(self, name: str) -> Done:
        """End a recording and keep it."""
        self._occupied.end(name)
        return self._send("POST", _stop_recording(name), None, answers.done)

    def recording(self, name: str) -> "asyncio.Future[LiveRecording | None]":
        """A recording that is being made; None when it has ended, or never began."""
        return self._send("GET", f"recordings/live/{_part(name)}", None, answers.recording)

    def delete_recording(self, name: str) -> Done:
        """Delete a recording that has ended; False when there is none."""
        return self._send("DELETE", f"recordings/stored/{_part(name)}", None, answers.done)

    # Bridges ----------------------------------------------------------------------------------

    def bridges(self) -> "asyncio.Future[list[Bridge]]":
        return self._send("GET", "bridges", None, answers.bridges)

    def bridge(self, bridge: str) -> "asyncio.Future[Bridge | None]":
        return self._send("GET", f"bridges/{_part(bridge)}", None, answers.bridge)

    def create_bridge(self, bridge: str, kind: str = "mixing") -> "asyncio.Future[Bridge]":
        """`kind`: mixing, holding, dtmf_events, proxy_media, or several with commas. Conflict if
        the id is taken."""
        params = {"bridgeId": bridge, "type": kind}
        return self._send("POST", "bridges", params, answers.new_bridge)

    def add_to_bridge(
        self, bridge: str, *channels: str, tell_identity: bool = True, mute: bool = False
    ) -> Done:
        """Put channels into the bridge, out of any other; all of them or none.

        `tell_identity`: its members learn who joined (CONNECTEDLINE), which replaces what they
        were told before. `mute`: these channels hear the others and are heard by nobody.
        """
        self._settle(*channels)
        params: dict[str, Value] = {"channel": channels}
        if not tell_identity:
            params["inhibitConnectedLineUpdates"] = True
        if mute:
            params["mute"] = True
        return self._bridge("POST", bridge, "/addChannel", params)

    def remove_from_bridge(self, bridge: str, *channels: str) -> Done:
        self._settle(*channels)
        return self._bridge("POST", bridge, "/removeChannel", {"channel": channels})

    def destroy_bridge(self, bridge: str) -> Done:
        """End the bridge; its members stay with us, alone."""
        return self._bridge("DELETE", bridge, "")

    # ------------------------------------------------------------------------------------------

    def _settle(self, *channels: str) -> None:
        for channel in channels:
            for method, path in self._occupied.take(channel):
                self._send(method, path, None, answers.done)

    def _channel(self, method: str, channel: str, rest: str, params: Params | None = None) -> Done:
        return self._send(method, f"channels/{_part(channel)}{rest}", params, answers.done)

    def _bridge(self, method: str, bridge: str, rest: str, params: Params | None = None) -> Done:
        return self._send(method, f"bridges/{_part(bridge)}{rest}", params, answers.done)

    def _send(
        self, method: str, path: str, params: Params | None, read: Read[T]
    ) -> "asyncio.Future[T]":
        return self._transport.request(method, path, params, read)


def _part(text: str) -> str:
    """One segment of a path."""
    return quote(text, safe=":;!~@+*")


def _device(name: str) -> str:
    return f"deviceStates/{_part(name)}"


def _playback(playback_id: str) -> str:
    return f"playbacks/{_part(playback_id)}"


def _stop_recording(name: str) -> str:
    return f"recordings/live/{_part(name)}/stop"
