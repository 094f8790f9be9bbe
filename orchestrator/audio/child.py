"""Turns one audio file into WAV, PCM 16 bit, 8 kHz, mono: a program of its own.

The file comes from anybody, and decoders have bugs. So this runs as a child with limits on
processor time, memory and what it writes; it reads one file and nothing else (the list of formats
has none that names other files or addresses), and imports nothing of ours.

    python -I child.py SOURCE TARGET LONGEST_SECONDS

prints one line: `ok SECONDS`, or why not: `empty`, `not-audio`, `silent`, `too-long`.

Loudness: the mean power of what is above the noise becomes that of Asterisk's own prompts, as far
as the peaks allow (a small relative of EBU R 128).
"""

import math
import os
import resource
import sys
import wave
from array import array
from collections.abc import Iterator
from operator import mul
from pathlib import Path
from typing import Any

RATE = 8000
CPU_SECONDS = 60
MEMORY_BYTES = 2_000_000_000

# Demuxers of libavformat that read the one file only.
FORMATS = "wav,w64,aiff,au,mp3,ogg,flac,aac,amr,mov,matroska,webm,caf"

# Less than that nobody hears.
_LEAST_SECONDS = 0.1
_BLOCK = RATE // 20
_FULL = 32768.0
# In dB of full scale.
_TARGET, _PEAK = -20.0, -1.0
_NOISE = -55.0
# Blocks this far below the mean are pauses, and do not count.
_PAUSE = 10.0
_MOST_GAIN = 30.0
# A broken file is decoded as far as it goes, but not for ever.
_MOST_ERRORS = 50


class Refused(Exception):
    """Why there is nothing to play, in one word."""


def main(source: str, target: str, longest: float) -> str:
    """Convert; the line to print."""
    _limit(longest)
    if Path(source).stat().st_size == 0:
        return "empty"
    try:
        samples = _decode(source, longest)
        _level(samples)
    except Refused as refused:
        return str(refused)
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return f"ok {len(samples) / RATE:.3f}"


def _limit(longest: float) -> None:
    os.nice(10)
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, int(longest * RATE * 2) + 1_000_000),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _decode(source: str, longest: float) -> "array[int]":
    # Only now: the limits hold for what the library does when it is loaded, too.
    import av

    av.logging.set_level(None)
    samples = array("h")
    # A file object, not a name: so the library opens nothing by itself.
    with Path(source).open("rb") as file:
        try:
            container = av.open(file, "r", options={"format_whitelist": FORMATS})
        except (OSError, ValueError):
            raise Refused("not-audio") from None
        with container:
            if not container.streams.audio:
                raise Refused("not-audio")
            try:
                for piece in _pieces(av, container, container.streams.audio[0]):
                    samples.frombytes(piece)
                    if len(samples) > longest * RATE:
                        raise Refused("too-long")
            except (OSError, ValueError):
                # What was decoded before the file broke off is what there is.
                pass
    if len(samples) < RATE * _LEAST_SECONDS:
        raise Refused("silent" if samples else "not-audio")
    return samples


def _pieces(av: Any, container: Any, stream: Any) -> Iterator[bytes]:
    """PCM of the whole stream; packets that are broken are left out."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    errors = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except (OSError, ValueError):
            errors += 1
            if errors > _MOST_ERRORS:
                return
            continue
        for frame in [*frames, None] if packet.size == 0 else frames:
            for out in resampler.resample(frame):
                yield bytes(out.planes[0])[: out.samples * 2]


def _level(samples: "array[int]") -> None:
    """Bring the loudness to its target, in place."""
    powers = [
        sum(map(mul, block, block)) / len(block)
        for at in range(0, len(samples), _BLOCK)
        for block in [samples[at : at + _BLOCK]]
    ]
    noise = _power(_NOISE)
    loud = [power for power in powers if power > noise]
    if not loud:
        raise Refused("silent")
    mean = sum(loud) / len(loud)
    loud = [power for power in loud if power > mean / 10 ** (_PAUSE / 10)]
    mean = sum(loud) / len(loud)
    peak = max(max(samples), -min(samples), 1)
    gain = min(
        math.sqrt(_power(_TARGET) / mean),
        _FULL * 10 ** (_PEAK / 20) / peak,
        10 ** (_MOST_GAIN / 20),
    )
    samples[:] = array("h", map(round, map(gain.__mul__, samples)))


def _power(decibel: float) -> float:
    """The mean square of samples at `decibel` of full scale."""
    return (_FULL * 10 ** (decibel / 20)) ** 2


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))  # noqa: T201
