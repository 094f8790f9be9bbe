"""A look at a recording: how long it is, and whether anybody spoke."""

import sys
from dataclasses import dataclass
from pathlib import Path

from orchestrator.voicemail.rules import is_spoken, samples_of

_RATE = 8000
_HEADER = 44


@dataclass(frozen=True, slots=True)
class Sound:
    """`seconds` are those of the sound, not of the header, which a crash may have left wrong."""

    seconds: float
    spoken: bool
    size: int


def look(file: Path) -> Sound:
    """What is in a WAV of 16 bit, 8 kHz, mono, as Asterisk records it. Blocks."""
    content = file.read_bytes()
    start = content.find(b"data", 0, 4096)
    pcm = content[start + 8 :] if start > 0 else content[_HEADER:]
    samples = samples_of(pcm, big_endian=sys.byteorder == "big")
    return Sound(len(samples) / _RATE, is_spoken(samples, _RATE), len(content))
