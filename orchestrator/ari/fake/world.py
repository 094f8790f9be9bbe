"""What `FakeAsterisk` is made of: channels, bridges, playbacks and phones that behave.

Events and their order are those of Asterisk 22.10.1 as the contract suite sees them, without
`Dial` and without codecs, sound and the dialplan behind `continue`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from orchestrator.ari.messages import (
    Bridge,
    BridgeDestroyed,
    CallerId,
    Channel,
    ChannelDestroyed,
    ChannelHangupRequest,
    ChannelLeftBridge,
    ChannelStateChange,
    ChannelTransfer,
    Dialplan,
    Event,
    LiveRecording,
    Playback,
    PlaybackFinished,
    PlaybackStarted,
    RecordingFinished,
    StasisEnd,
    StasisStart,
)

NORMAL, BUSY, NO_ANSWER, UNREACHABLE, REJECTED = 16, 17, 19, 20, 21  # Q.850


class Reaction(StrEnum):
    """What the person at a phone does when it rings."""

    ANSWERS = "answers"
    BUSY = "busy"
    REJECTS = "rejects"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class FakePhone:
    """A registered phone: does `reaction` after ringing for `after` seconds."""

    reaction: Reaction = Reaction.ANSWERS
    after: float = 0.0
    rings: bool = True


@dataclass(slots=True)
class FakePlayback:
    id: str
    media: tuple[str, ...]
    target: str
    language: str = ""
    timer: asyncio.TimerHandle | None = None

    def model(self, state: str) -> Playback:
        return Playback(self.id, self.media[0] if self.media else "", self.target, state)


@dataclass(slots=True)
class FakeChannel:
    """One channel, and what has been done to it, for tests to look at."""

    id: str
    name: str
    state: str
    caller: CallerId = field(default_factory=CallerId)
    connected: CallerId = field(default_factory=CallerId)
    dialplan: Dialplan = field(default_factory=Dialplan)
    args: tuple[str, ...] = ()
    originated: bool = False
    in_stasis: bool = False
    bridge: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    playing: list[FakePlayback] = field(default_factory=list)
    recording: list[LiveRecording] = field(default_factory=list)
    timers: list[asyncio.TimerHandle] = field(default_factory=list)
    rung: bool = False
    music: str = ""
    muted: str = ""
    held: bool = False
    silent: bool = False
    dtmf: str = ""
    early_media: bool = False
    snoops: list[str] = field(default_factory=list)
    transfer: list[str] = field(default_factory=list)
    asked: ChannelTransfer | None = None
    asking: bool = False
    dialed: str = ""
    created: str = ""

    @property
    def occupied(self) -> bool:
        """Its thread is taken: some requests wait (see `ari/occupied.py`)."""
        return bool(self.playing) or (bool(self.recording) and not self.bridge)

    def model(self) -> Channel:
        return Channel(
            id=self.id,
            name=self.name,
            state=self.state,
            caller=self.caller,
            connected=self.connected,
            dialplan=self.dialplan,
            creationtime=self.created,
            language="en",
        )


@dataclass(slots=True)
class FakeBridge:
    id: str
    kind: str
    members: list[str] = field(default_factory=list)
    playing: list[FakePlayback] = field(default_factory=list)
    recording: list[LiveRecording] = field(default_factory=list)
    music: str = ""

    def model(self) -> Bridge:
        return Bridge(self.id, "simple_bridge", self.kind, tuple(self.members))


class FakeWorld:
    """The state, and everything that happens by itself or by people. `emit` takes each event."""

    def __init__(self, app: str, emit: Callable[[Event], None]) -> None:
        self.app = app
        self.emit = emit
        self.version = "22.10.1"
        self.started = timestamp()
        self.allowed: frozenset[str] = frozenset()
        self.channels: dict[str, FakeChannel] = {}
        self.bridges: dict[str, FakeBridge] = {}
        self.phones: dict[str, FakePhone | None] = {}
        self.missing_sounds: set[str] = set()
        self.sound_seconds: dict[str, float] = {}
        self.played: list[FakePlayback] = []
        self.playback_seconds = 0.02
        self.device_states: dict[str, str] = {}
        self.stored: set[str] = set()
        self.variables: dict[str, str] = {}
        self.reloads: list[str] = []
        self.freed: Callable[[], None] = lambda: None
        self._count = 0

    # Channels ---------------------------------------------------------------------------------

    def add(self, channel_id: str, tech_name: str, state: str) -> FakeChannel:
        self._count += 1
        channel = FakeChannel(
            channel_id, f"{tech_name}-{self._count:08x}", state, created=timestamp()
        )
        self.channels[channel_id] = channel
        return channel

    def next_id(self) -> str:
        return f"node1-1700000000.{self._count + 1}"

    def enter(self, channel: FakeChannel) -> None:
        """The channel comes into the application."""
        channel.in_stasis = True
        context, exten = channel.dialplan.context, channel.dialplan.exten
        data = ",".join((self.app, *channel.args))
        channel.dialplan = Dialplan(context, exten, 1, "Stasis", data)
        self.emit(StasisStart(timestamp=timestamp(), channel=channel.model(), args=channel.args))

    def leave(self, channel: FakeChannel) -> None:
        """The channel goes out of the application, living or not."""
        self.stop_sounds(channel)
        if channel.in_stasis:
            channel.in_stasis = False
            self.emit(StasisEnd(timestamp=timestamp(), channel=channel.model()))

    def set_state(self, channel: FakeChannel, state: str) -> None:
        if channel.state != state:
            channel.state = state
            self.emit(ChannelStateChange(timestamp=timestamp(), channel=channel.model()))

    def call(self, channel: FakeChannel, phone: FakePhone, timeout: float) -> None:
        """Ring the phone, which then reacts; give up after `timeout` seconds (0: never)."""
        loop = asyncio.get_running_loop()
        if phone.rings:
            self.set_state(channel, "Ringing")
        if timeout > 0:
            channel.timers.append(loop.call_later(timeout, self.end, channel, NO_ANSWER))
        if phone.reaction is not Reaction.NOTHING:
            channel.timers.append(loop.call_later(phone.after, self._react, channel, phone))

    def _react(self, channel: FakeChannel, phone: FakePhone) -> None:
        if phone.reaction is Reaction.ANSWERS:
            self.answered(channel)
        else:
            self.end(channel, BUSY if phone.reaction is Reaction.BUSY else REJECTED)

    def answered(self, channel: FakeChannel) -> None:
        """The far end of a channel that we called picks up."""
        self._cancel_timers(channel)
        self.set_state(channel, "Up")
        if not channel.in_stasis:
            self.enter(channel)

    def end(self, channel: FakeChannel, cause: int) -> None:
        """The channel ends, by whoever's will."""
        if self.channels.pop(channel.id, None) is None:
            return
        self._cancel_timers(channel)
        told = channel.originated or bool(channel.bridge)
        self.emit(ChannelHangupRequest(timestamp=timestamp(), channel=channel.model(), cause=cause))
        self.leave(channel)
        self.unbridge(channel)
        if told:
            self.emit(ChannelDestroyed(timestamp=timestamp(), channel=channel.model(), cause=cause))
        for snoop in [self.channels[s] for s in channel.snoops if s in self.channels]:
            self.end(snoop, NORMAL)
        self.freed()

    def _cancel_timers(self, channel: FakeChannel) -> None:
        for timer in channel.timers:
            timer.cancel()
        channel.timers.clear()

    # Bridges ----------------------------------------------------------------------------------

    def join(self, bridge: FakeBridge, channel: FakeChannel, *, tell_identity: bool) -> None:
        if channel.bridge != bridge.id:
            self.unbridge(channel)
            channel.bridge = bridge.id
            bridge.members.append(channel.id)
        if tell_identity and len(bridge.members) == 2:
            one, two = (self.channels[member] for member in bridge.members)
            one.connected, two.connected = two.caller, one.caller

    def unbridge(self, channel: FakeChannel) -> None:
        bridge = self.bridges.get(channel.bridge)
        channel.bridge = ""
        if bridge is not None:
            bridge.members.remove(channel.id)
            self.emit(
                ChannelLeftBridge(
                    timestamp=timestamp(), channel=channel.model(), bridge=bridge.model()
                )
            )

    def destroy(self, bridge: FakeBridge) -> None:
        for member in tuple(bridge.members):
            self.unbridge(self.channels[member])
        for playback in tuple(bridge.playing):
            self.finish(bridge, playback, "done")
        for recording in tuple(bridge.recording):
            self.recorded(bridge, recording)
        del self.bridges[bridge.id]
        self.emit(BridgeDestroyed(timestamp=timestamp(), bridge=bridge.model()))

    # Sounds -----------------------------------------------------------------------------------

    def play(self, target: FakeChannel | FakeBridge, playback: FakePlayback) -> None:
        """Play after what plays already."""
        self.played.append(playback)
        target.playing.append(playback)
        if len(target.playing) == 1:
            self._begin(target)

    def _begin(self, target: FakeChannel | FakeBridge) -> None:
        playback = target.playing[0]
        self.emit(PlaybackStarted(timestamp=timestamp(), playback=playback.model("playing")))
        missing = self.missing_sounds.intersection(playback.media)
        seconds = sum(self.sound_seconds.get(m, self.playback_seconds) for m in playback.media)
        playback.timer = asyncio.get_running_loop().call_later(
            seconds, self.finish, target, playback, "failed" if missing else "done"
        )

    def finish(self, target: FakeChannel | FakeBridge, playback: FakePlayback, state: str) -> None:
        """The playback ends; what waits behind it begins."""
        if playback not in target.playing:
            return
        was_first = target.playing[0] is playback
        target.playing.remove(playback)
        if playback.timer is not None:
            playback.timer.cancel()
        self.emit(PlaybackFinished(timestamp=timestamp(), playback=playback.model(state)))
        if was_first and target.playing:
            self._begin(target)
        self.freed()

    def stop_sounds(self, channel: FakeChannel) -> None:
        """The channel leaves: what plays fails, what records is complete."""
        while channel.playing:
            self.finish(channel, channel.playing[-1], "failed")
        for recording in tuple(channel.recording):
            self.recorded(channel, recording)

    def recorded(self, target: FakeChannel | FakeBridge, recording: LiveRecording) -> None:
        """A recording ends well."""
        target.recording.remove(recording)
        self.stored.add(recording.name)
        done = LiveRecording(
            recording.name, recording.format, recording.target_uri, "done", duration=1
        )
        self.emit(RecordingFinished(timestamp=timestamp(), recording=done))
        self.freed()

    def targets(self) -> list[FakeChannel | FakeBridge]:
        """All that can play and record."""
        return [*self.channels.values(), *self.bridges.values()]

    def find_playback(
        self, playback_id: str
    ) -> tuple[FakeChannel | FakeBridge, FakePlayback] | None:
        for target in self.targets():
            for playback in target.playing:
                if playback.id == playback_id:
                    return target, playback
        return None


def timestamp() -> str:
    """Now, as Asterisk writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
