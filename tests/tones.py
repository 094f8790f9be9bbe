"""Tones as proof of audio: make a sine, find which of some frequencies a recording holds."""

import array
import math
import sys
import wave
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

RATE = 8000
AMPLITUDE = 12_000
# A tone counts as heard when it holds this share of the energy of the loud part of a recording.
SHARE = 0.2
BLOCK = 400  # Samples: 50 ms, so that frequencies 20 Hz apart are told apart.


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono samples, -32768 to 32767, at `rate` per second."""

    samples: Sequence[int]
    rate: int = RATE

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


def sine(frequency: float, seconds: float = 1.0, rate: int = RATE) -> Sound:
    """A pure tone of `frequency` Hz."""
    step = 2 * math.pi * frequency / rate
    return Sound([round(AMPLITUDE * math.sin(step * n)) for n in range(int(seconds * rate))], rate)


def write_wav(file: Path, sound: Sound) -> Path:
    """Write 16-bit mono; the file's path again."""
    data = array.array("h", sound.samples)
    if sys.byteorder == "big":
        data.byteswap()
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(sound.rate)
        out.writeframes(data.tobytes())
    return file


def read_wav(file: Path) -> Sound:
    """Read 16-bit PCM, the first channel; also a file whose writer did not close it.

    A recorder that still runs has not written the lengths into the header, so the samples
    are taken from the file itself: everything after the `data` chunk's head.
    """
    content = file.read_bytes()
    start = content.find(b"data")
    if content[:4] != b"RIFF" or start < 0:
        return Sound([])
    channels = int.from_bytes(content[22:24], "little")
    rate = int.from_bytes(content[24:28], "little")
    raw = content[start + 8 :]
    data = array.array("h", raw[: len(raw) // 2 * 2])
    if sys.byteorder == "big":
        data.byteswap()
    return Sound(data[::channels], rate)


def power(samples: Sequence[int], frequency: float, rate: int) -> float:
    """The mean square amplitude of `frequency` in `samples` (Goertzel)."""
    if not samples:
        return 0.0
    coefficient = 2 * math.cos(2 * math.pi * frequency / rate)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + coefficient * last - before
    energy = before * before + last * last - coefficient * before * last
    return 2 * energy / len(samples) ** 2


def heard(sound: Sound, among: Iterable[float]) -> set[float]:
    """Which of the frequencies `among` a listener hears in `sound`.

    Block by block, so that a tone of half a second in a minute of silence is heard too.
    """
    frequencies = list(among)
    found: set[float] = set()
    for start in range(0, len(sound.samples) - BLOCK + 1, BLOCK):
        block = sound.samples[start : start + BLOCK]
        total = sum(sample * sample for sample in block) / BLOCK
        if total < 200 * 200:
            continue
        found |= {f for f in frequencies if power(block, f, sound.rate) > SHARE * total}
    return found


def lasted(sound: Sound, tone: float) -> float:
    """For how many seconds of `sound` a listener hears `tone`."""
    starts = range(0, len(sound.samples), BLOCK)
    blocks = [Sound(sound.samples[start : start + BLOCK], sound.rate) for start in starts]
    return sum(block.seconds for block in blocks if heard(block, [tone]))
