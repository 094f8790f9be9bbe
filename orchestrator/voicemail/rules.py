"""Voicemail: what a box does with its messages. Pure."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TypeVar

import msgspec

T = TypeVar("T")
S = TypeVar("S")


class MailMode(StrEnum):
    """What is mailed of a new message."""

    NONE = "none"
    NOTIFY = "notify"
    """A mail that says so, without the recording."""
    ATTACH = "attach"
    """With the recording."""
    ATTACH_AND_DELETE = "attach_and_delete"
    """With the recording, which leaves the box once the mail server has taken the mail."""


class SayTime(StrEnum):
    """Whether and how the menu says when a message came."""

    NONE = "none"
    TWELVE_HOURS = "12h"
    TWENTY_FOUR_HOURS = "24h"


class Note(msgspec.Struct, frozen=True):
    """A message that a caller leaves, from the beep until it is in its box.

    `recording` is its name in Asterisk. Shorter than `min_seconds` it is no message. `started_at`
    is in seconds since the epoch.
    """

    id: str
    tenant: str
    owner: str
    box: str
    call: str
    caller: str
    caller_name: str
    recording: str
    started_at: float
    min_seconds: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in a box, as the menu reads it out. `file` is in the media store."""

    id: str
    caller: str
    caller_name: str
    file: str
    seconds: float
    recorded_at: datetime
    heard: bool


class Level(IntEnum):
    """How full the boxes of a tenant are, measured by its quota."""

    ROOMY = 0
    NEARLY_FULL = 1
    FULL = 2


def level_of(used: int, quota_mb: int, warn_percent: int) -> Level:
    """How full boxes are that hold `used` bytes; without a quota (0) they never are."""
    quota = quota_mb * 1_000_000
    if not quota:
        return Level.ROOMY
    if used >= quota:
        return Level.FULL
    return Level.NEARLY_FULL if used * 100 >= quota * warn_percent else Level.ROOMY


def greeting_of(greetings: Mapping[S | None, T], status: S) -> T | None:
    """The greeting for `status`, else the one for always; None: there is neither."""
    return greetings.get(status, greetings.get(None))


# A window of 20 ms at 8 kHz. Speech on a telephone is some thousands loud; what a line makes by
# itself, and the noise of codecs, stays far below this.
_WINDOW = 160
_LOUD = 400
_SPOKEN_SECONDS = 0.2


def is_spoken(samples: Sequence[int], rate: int) -> bool:
    """Whether 16-bit mono `samples` hold more than silence."""
    loud = 0
    needed = _SPOKEN_SECONDS * rate / _WINDOW
    for start in range(0, len(samples), _WINDOW):
        window = samples[start : start + _WINDOW]
        if max(window) - min(window) > 2 * _LOUD:
            loud += 1
            if loud >= needed:
                return True
    return False


def samples_of(pcm: bytes, *, big_endian: bool) -> Sequence[int]:
    """The samples of little-endian 16-bit PCM."""
    samples = array("h", pcm[: len(pcm) // 2 * 2])
    if big_endian:
        samples.byteswap()
    return samples
