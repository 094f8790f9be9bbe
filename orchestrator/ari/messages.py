"""What Asterisk tells us, as plain typed values: the models and events of ARI 22.

Source: `rest-api/*.json` as installed with Asterisk 22.10.1, and what that version really sends
(`tests/contract`). Only fields that we use are here; msgspec skips the rest. Times are ISO 8601
with milliseconds and `+0000`, kept as text: most are never looked at.

Every event has `channel_id`, the channel it is about (None where there is none), and `subject`,
the id to route it by: the channel, or else the playback, bridge or recording.
"""

from typing import ClassVar

import msgspec


class Model(msgspec.Struct, frozen=True, gc=False):
    """A part of an event or an answer."""


class Event(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag=True):
    """Base of all events. `timestamp` is when Asterisk made it."""

    timestamp: str = ""

    @property
    def channel_id(self) -> str | None:
        return None

    @property
    def subject(self) -> str | None:
        return self.channel_id


# Models ---------------------------------------------------------------------------------------


class CallerId(Model, frozen=True):
    name: str = ""
    number: str = ""


class Dialplan(Model, frozen=True):
    """Where the channel is, or came from, in the dialplan."""

    context: str = ""
    exten: str = ""
    priority: int = 0
    app_name: str = ""
    app_data: str = ""


class Channel(Model, frozen=True):
    """One leg. `state`: Down, Ring (it calls us), Ringing (we call it), Up, Busy ..."""

    id: str
    name: str = ""
    state: str = ""
    caller: CallerId = CallerId()
    connected: CallerId = CallerId()
    dialplan: Dialplan = Dialplan()
    creationtime: str = ""
    language: str = ""
    accountcode: str = ""
    caller_rdnis: str = ""
    protocol_id: str = ""
    channelvars: dict[str, str] = {}


class Bridge(Model, frozen=True):
    """`channels` are the ids of its members."""

    id: str
    technology: str = ""
    bridge_type: str = ""
    channels: tuple[str, ...] = ()
    name: str = ""
    creationtime: str = ""


class Playback(Model, frozen=True):
    """`state`: queued, playing, continuing, done, failed. `target_uri`: channel:ID or bridge:ID."""

    id: str
    media_uri: str = ""
    target_uri: str = ""
    state: str = ""

    @property
    def channel_id(self) -> str | None:
        return _channel_of(self.target_uri)


class LiveRecording(Model, frozen=True):
    """`duration` in seconds, known when finished. `cause` says why it failed."""

    name: str
    format: str = ""
    target_uri: str = ""
    state: str = ""
    duration: int = 0
    cause: str = ""

    @property
    def channel_id(self) -> str | None:
        return _channel_of(self.target_uri)


class Endpoint(Model, frozen=True):
    """`state`: online, offline or unknown. `channel_ids` are its calls now."""

    technology: str
    resource: str
    state: str = ""
    channel_ids: tuple[str, ...] = ()


class ContactInfo(Model, frozen=True):
    uri: str = ""
    contact_status: str = ""
    aor: str = ""


class Destination(Model, frozen=True):
    """What a REFER asks for: `destination` is the number; `protocol_id`, a SIP Call-ID, comes with
    attended transfers only."""

    destination: str = ""
    protocol_id: str = ""


class ReferTo(Model, frozen=True):
    """Attended: `destination_channel` is the transferer's other leg, to be replaced, and
    `connected_channel` its partner in `bridge`, if they are bridged already."""

    requested_destination: Destination = Destination()
    destination_channel: Channel | None = None
    connected_channel: Channel | None = None
    bridge: Bridge | None = None


class ReferredBy(Model, frozen=True):
    """`source_channel` is the leg on which the REFER came; `connected_channel` its partner."""

    source_channel: Channel
    connected_channel: Channel | None = None
    bridge: Bridge | None = None


class SystemInfo(Model, frozen=True):
    version: str = ""
    entity_id: str = ""


class ConfigInfo(Model, frozen=True):
    """`name` is the `systemname` of asterisk.conf."""

    name: str = ""


class StatusInfo(Model, frozen=True):
    startup_time: str = ""
    last_reload_time: str = ""


class AsteriskInfo(Model, frozen=True):
    system: SystemInfo = SystemInfo()
    config: ConfigInfo = ConfigInfo()
    status: StatusInfo = StatusInfo()

    @property
    def version(self) -> str:
        return self.system.version

    @property
    def systemname(self) -> str:
        return self.config.name


class Application(Model, frozen=True):
    """An application as Asterisk sees it; ids are of the things it is subscribed to."""

    name: str
    channel_ids: tuple[str, ...] = ()
    bridge_ids: tuple[str, ...] = ()


# Events ---------------------------------------------------------------------------------------


class ChannelEvent(Event, frozen=True, kw_only=True):
    """Base of the events about one channel; `channel` is a snapshot taken at that time."""

    channel: Channel

    @property
    def channel_id(self) -> str:
        return self.channel.id


class StasisStart(ChannelEvent, frozen=True, kw_only=True):
    """The channel is ours now. `replace_channel` is what it stands in for after a transfer."""

    args: tuple[str, ...] = ()
    replace_channel: Channel | None = None


class StasisEnd(ChannelEvent, frozen=True, kw_only=True):
    """The channel is no longer ours: hung up, or sent on into the dialplan.

    The last that is heard of a caller who hangs up: ChannelDestroyed comes only for channels
    that we made, or that are in a bridge.
    """


class ChannelStateChange(ChannelEvent, frozen=True, kw_only=True):
    """Down -> Ringing -> Up for a leg that we call."""


class ChannelDestroyed(ChannelEvent, frozen=True, kw_only=True):
    """The channel is gone. `cause` is a Q.850 cause: 16 normal, 17 busy, 19 no answer ..."""

    cause: int = 0
    cause_txt: str = ""
    tech_cause: int = 0


class ChannelHangupRequest(ChannelEvent, frozen=True, kw_only=True):
    """Somebody asks to end the channel; ChannelDestroyed follows."""

    cause: int = 0
    soft: bool = False


class ChannelDtmfReceived(ChannelEvent, frozen=True, kw_only=True):
    """A key was pressed and let go."""

    digit: str
    duration_ms: int = 0


class ChannelHold(ChannelEvent, frozen=True, kw_only=True):
    """The far end of this channel put us on hold."""

    musicclass: str = ""


class ChannelUnhold(ChannelEvent, frozen=True, kw_only=True):
    """The far end of this channel is back."""


class ChannelConnectedLine(ChannelEvent, frozen=True, kw_only=True):
    """What the channel shows about its other side has changed."""


class ChannelLeftBridge(ChannelEvent, frozen=True, kw_only=True):
    bridge: Bridge


class ChannelTransfer(Event, frozen=True, kw_only=True):
    """A phone sent REFER and the channel has `PJSIP_TRANSFER_HANDLING()=ari-only`: up to us.

    The event is about `referred_by.source_channel`; tell it how the transfer goes with
    `AriClient.transfer_progress`. A listener sees requests only, and `state` empty: Asterisk
    echoes each `transfer_progress` as the same event with a state, which `link.py` drops.
    Asterisk has answered 202 and a NOTIFY `100 Trying` already.
    """

    refer_to: ReferTo
    referred_by: ReferredBy
    state: str = ""

    @property
    def channel_id(self) -> str:
        return self.referred_by.source_channel.id


class Dial(Event, frozen=True, kw_only=True):
    """Progress of an attempt to reach `peer`; `dialstatus` is empty at its start."""

    peer: Channel
    caller: Channel | None = None
    dialstatus: str = ""
    dialstring: str = ""

    @property
    def channel_id(self) -> str:
        return self.peer.id


class PlaybackEvent(Event, frozen=True, kw_only=True):
    """Base of the events about one playback; routed by the playback's id."""

    playback: Playback

    @property
    def channel_id(self) -> str | None:
        return self.playback.channel_id

    @property
    def subject(self) -> str:
        return self.playback.id


class PlaybackStarted(PlaybackEvent, frozen=True, kw_only=True):
    """Playing has begun; sent again for each further medium of a list."""


class PlaybackFinished(PlaybackEvent, frozen=True, kw_only=True):
    """All media are played (`done`), or one could not be (`failed`)."""


class RecordingEvent(Event, frozen=True, kw_only=True):
    """Base of the events about one recording; routed by its name."""

    recording: LiveRecording

    @property
    def channel_id(self) -> str | None:
        return self.recording.channel_id

    @property
    def subject(self) -> str:
        return self.recording.name


class RecordingFinished(RecordingEvent, frozen=True, kw_only=True):
    """The file is complete."""


class RecordingFailed(RecordingEvent, frozen=True, kw_only=True):
    """There is no file; `recording.cause` says why."""


class BridgeDestroyed(Event, frozen=True, kw_only=True):
    """Not sure to come: a bridge whose members have moved to another one ends unseen."""

    bridge: Bridge

    @property
    def subject(self) -> str:
        return self.bridge.id


class EndpointStateChange(Event, frozen=True, kw_only=True):
    endpoint: Endpoint


class ContactStatusChange(Event, frozen=True, kw_only=True):
    endpoint: Endpoint
    contact_info: ContactInfo


class ApplicationReplaced(Event, frozen=True, kw_only=True):
    """Another WebSocket has taken the application over; nothing more comes on this one."""


class RESTResponse(Event, frozen=True, kw_only=True):
    """The answer to one request of ours; not an event, but it comes in the same stream."""

    request_id: str
    status_code: int
    message_body: str = ""

    # The filter of events works on answers too: a filter without this name silences them all.
    NAME: ClassVar[str] = "RESTResponse"


Frame = (
    StasisStart
    | StasisEnd
    | ChannelStateChange
    | ChannelDestroyed
    | ChannelHangupRequest
    | ChannelDtmfReceived
    | ChannelHold
    | ChannelUnhold
    | ChannelConnectedLine
    | ChannelLeftBridge
    | ChannelTransfer
    | Dial
    | PlaybackStarted
    | PlaybackFinished
    | RecordingFinished
    | RecordingFailed
    | BridgeDestroyed
    | EndpointStateChange
    | ContactStatusChange
    | ApplicationReplaced
    | RESTResponse
)


def _channel_of(target_uri: str) -> str | None:
    kind, _, name = target_uri.partition(":")
    return name if kind == "channel" else None


decode_frame = msgspec.json.Decoder(Frame).decode
