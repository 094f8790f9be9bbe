"""What is asked for with more than a few words: legs to call, things to play and to record."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from orchestrator.ari.transport import Params, Value


@dataclass(frozen=True, slots=True)
class Originate:
    """A leg to make. StasisStart comes when it answers, ChannelDestroyed if it does not.

    `endpoint` like `PJSIP/name`; `timeout` in whole seconds of ringing; `originator` is the
    channel on whose behalf we call: its codecs, language and linked id are taken over.
    """

    endpoint: str
    channel_id: str
    app_args: Sequence[str] = ()
    caller_id: str = ""
    timeout: int = 30
    originator: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    formats: Sequence[str] = ()

    def params(self, app: str) -> Params:
        params: dict[str, Value] = {
            "endpoint": self.endpoint,
            "channelId": self.channel_id,
            "app": app,
            "appArgs": ",".join(self.app_args),
            "timeout": self.timeout,
        }
        if self.caller_id:
            params["callerId"] = self.caller_id
        if self.variables:
            params["variables"] = self.variables
        # Asterisk takes its codecs from the originator or from the list, never from both.
        if self.originator:
            params["originator"] = self.originator
        elif self.formats:
            params["formats"] = ",".join(self.formats)
        return params


@dataclass(frozen=True, slots=True)
class Create:
    """A leg to make without calling it yet: it can be bridged first, so that early media is heard.

    It is ours at once (StasisStart comes now); `dial()` calls, and ChannelStateChange to Up tells
    the answer. `variables` may name functions that can be set, such as `CONNECTEDLINE(num)`.
    """

    endpoint: str
    channel_id: str
    originator: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)

    def params(self, app: str) -> Params:
        params: dict[str, Value] = {
            "endpoint": self.endpoint,
            "channelId": self.channel_id,
            "app": app,
        }
        if self.originator:
            params["originator"] = self.originator
        if self.variables:
            params["variables"] = self.variables
        return params


@dataclass(frozen=True, slots=True)
class Record:
    """A recording to make; `name` may hold folders. Limits in seconds, 0 for none.

    `terminate_on`: none, any, * or #. `if_exists`: fail, overwrite or append.
    """

    name: str
    format: str = "wav"
    max_duration: int = 0
    max_silence: int = 0
    beep: bool = False
    terminate_on: str = "none"
    if_exists: str = "fail"

    def params(self) -> Params:
        return {
            "name": self.name,
            "format": self.format,
            "maxDurationSeconds": self.max_duration,
            "maxSilenceSeconds": self.max_silence,
            "beep": self.beep,
            "terminateOn": self.terminate_on,
            "ifExists": self.if_exists,
        }


def play_params(media: Sequence[str], playback_id: str, language: str) -> Params:
    """An empty `language` leaves it to the channel.

    Digits are named one by one: what Asterisk says by itself (`digits:`, `number:`) it says to its
    end, whatever we ask (measured on 22.10.1). A list that a stop meets there goes on behind it.
    """
    params: dict[str, Value] = {"media": tuple(_stoppable(media)), "playbackId": playback_id}
    if language:
        params["lang"] = language
    return params


_SIGNS = {**{digit: digit for digit in "0123456789"}, "*": "star", "#": "pound"}


def _stoppable(media: Sequence[str]) -> Iterator[str]:
    for each in media:
        kind, _, text = each.partition(":")
        if kind == "digits":
            yield from (f"sound:digits/{_SIGNS[sign]}" for sign in text if sign in _SIGNS)
        else:
            yield each
