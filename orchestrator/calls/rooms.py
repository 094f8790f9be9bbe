"""Conference rooms of this node: who is in which, and the bridge that each room has.

A room's bridge belongs to no call, so it has an id of its own, which recovery knows:

    room@<id of the conference room>

The first who enters makes it, the last who leaves removes it. A call puts its own channel in and
nobody else's. What is noted and what is asked of Asterisk change in one go, without waiting in
between: requests are handled in order, so calls that come and go together do no harm.
"""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from contextlib import suppress

from orchestrator.ari.client import AriClient
from orchestrator.ari.errors import Conflict
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.plan import ConferenceLine

_MARK = "room@"

ENTERED = f"sound:{Phrase.JOINED}"
LEFT = f"sound:{Phrase.LEFT}"


def bridge_of(room: str) -> str:
    """The id of the bridge of this room."""
    return f"{_MARK}{room}"


def room_with(bridge: str) -> str | None:
    """The room whose bridge this is; None: it is that of a call."""
    return bridge.removeprefix(_MARK) if bridge.startswith(_MARK) else None


class Rooms:
    """The rooms that somebody is in."""

    def __init__(self, ari: AriClient) -> None:
        self._ari = ari
        self._inside: dict[str, list[str]] = {}
        self._room_of: dict[str, str] = {}
        self._quiet: set[str] = set()
        self._music: set[str] = set()
        self._tones = 0

    def members(self, room: str) -> int:
        return len(self._inside.get(room, ()))

    def full(self, room: ConferenceLine) -> bool:
        return 0 < room.max_members <= self.members(room.id)

    def room_of(self, channel: str) -> str | None:
        """The room that `channel` is in."""
        return self._room_of.get(channel)

    async def enter(self, room: ConferenceLine, channel: str) -> bool:
        """Put `channel` in, if it is not in there already; False when it is gone."""
        inside = self._inside.setdefault(room.id, [])
        if channel in inside:
            return True
        inside.append(channel)
        self._room_of[channel] = room.id
        if room.announce:
            self._quiet.discard(room.id)
        else:
            self._quiet.add(room.id)
        bridge = bridge_of(room.id)
        made = self._ari.create_bridge(bridge) if len(inside) == 1 else None
        added = self._ari.add_to_bridge(bridge, channel, tell_identity=False)
        others = [*self._tone(room.id, ENTERED), *self._music_for(room.id)]
        if made is not None:
            with suppress(Conflict):  # It may be there since before a restart.
                await made
        present = await added
        for step in others:
            await step
        if not present:
            await self.leave([channel])
        return present

    async def leave(self, channels: Iterable[str]) -> None:
        """These channels have left their rooms, or are about to end."""
        steps: list[Awaitable[object]] = []
        for channel in channels:
            room = self._room_of.pop(channel, None)
            if room is None:
                continue
            self._inside[room].remove(channel)
            if self._inside[room]:
                steps += [*self._tone(room, LEFT), *self._music_for(room)]
            else:
                self._forget(room)
                steps.append(self._ari.destroy_bridge(bridge_of(room)))
        for step in steps:
            await step

    async def take_out(self, channel: str) -> None:
        """`channel` goes on elsewhere; nothing happens when it is in no room."""
        room = self.room_of(channel)
        if room is not None:
            removed = self._ari.remove_from_bridge(bridge_of(room), channel)
            await self.leave([channel])
            await removed

    async def restore(self, found: Mapping[str, Sequence[str]]) -> None:
        """After a connection: in each room are these channels and no others."""
        for room in self._inside.keys() - found.keys():
            self._forget(room)
        self._room_of = {channel: room for room, inside in found.items() for channel in inside}
        steps: list[Awaitable[object]] = []
        for room, channels in found.items():
            self._inside[room] = list(channels)
            self._music.discard(room)
            if self._inside[room]:
                steps += self._music_for(room)
            else:
                self._forget(room)
                steps.append(self._ari.destroy_bridge(bridge_of(room)))
        for step in steps:
            await step

    def _music_for(self, room: str) -> list[Awaitable[object]]:
        """Music while one waits alone, none as soon as there are two."""
        bridge, alone = bridge_of(room), self.members(room) == 1
        if alone and room not in self._music:
            self._music.add(room)
            return [self._ari.music_on_bridge(bridge)]
        if not alone and room in self._music:
            self._music.discard(room)
            return [self._ari.stop_music_on_bridge(bridge)]
        return []

    def _tone(self, room: str, sound: str) -> list[Awaitable[object]]:
        """Tell those inside that somebody came or went."""
        if room in self._quiet:
            return []
        self._tones += 1
        bridge = bridge_of(room)
        return [self._ari.play_on_bridge(bridge, [sound], f"{bridge}!{self._tones}")]

    def _forget(self, room: str) -> None:
        self._inside.pop(room, None)
        self._quiet.discard(room)
        self._music.discard(room)
