"""Which channels are busy with something that makes Asterisk wait: the guard of the one socket.

Measured on 22.10.1: `answer`, `variable`, `addChannel` and `removeChannel` wait until the thread
of the channel takes them, and a playback, a recording or sent DTMF occupies that thread to its
end. The socket is served in order, so during a prompt of thirty seconds *nobody* would be served.
So the client first ends what plays or records on the channel: `AriClient._settle`.
"""

from collections.abc import Container

from orchestrator.ari.messages import (
    ChannelDestroyed,
    Event,
    PlaybackFinished,
    RecordingFailed,
    RecordingFinished,
    StasisEnd,
)

Stop = tuple[str, str]
"""Method and path of the request that ends a playback or recording."""


class Occupied:
    """What we started on each channel and has not ended, with the way to end it."""

    def __init__(self) -> None:
        self._channels: dict[str, dict[str, Stop]] = {}
        self._owner: dict[str, str] = {}  # Playback id or recording name -> channel.

    def start(self, channel: str, what: str, stop: Stop) -> None:
        self._channels.setdefault(channel, {})[what] = stop
        self._owner[what] = channel

    def end(self, what: str) -> None:
        """A playback or recording has ended, or has been told to."""
        channel = self._owner.pop(what, None)
        if channel is not None and (busy := self._channels.get(channel)) is not None:
            busy.pop(what, None)
            if not busy:
                del self._channels[channel]

    def take(self, channel: str) -> list[Stop]:
        """How to free the channel, in order of the starts; it counts as free afterwards."""
        busy = self._channels.pop(channel, None)
        if not busy:
            return []
        for what in busy:
            self._owner.pop(what, None)
        return list(busy.values())

    def keep(self, channels: Container[str]) -> None:
        """Forget all other channels: they ended while we were not connected."""
        for channel in [known for known in self._channels if known not in channels]:
            self.take(channel)

    def on_event(self, event: Event) -> None:
        kind = type(event)
        if kind is PlaybackFinished or kind is RecordingFinished or kind is RecordingFailed:
            if event.subject is not None:
                self.end(event.subject)
        elif (kind is StasisEnd or kind is ChannelDestroyed) and event.channel_id is not None:
            self.take(event.channel_id)
