"""Spoken words as proof of audio: find recorded sounds, in their order, in what a phone heard."""

import math
from collections.abc import Sequence
from operator import mul
from pathlib import Path

from tests.tones import Sound, read_wav

# A few hundredths of a second of speech are like no other; what a codec does to them is little.
MARK = 400
ALIKE = 0.9
BEHIND = 3.0  # Seconds in which the next word follows.


def spoken(folder: Path, media: str) -> list[Path]:
    """The files that Asterisk plays for `media`: a sound by name, or `digits:101`."""
    kind, _, rest = media.partition(":")
    names = [f"digits/{digit}" for digit in rest] if kind == "digits" else [media]
    return [folder / f"{name}.wav" for name in names]


def heard_in_order(sound: Sound, words: Sequence[Path]) -> list[str]:
    """The names of those `words` that are in `sound`, each behind the one before."""
    found: list[str] = []
    start, first = 0, True
    for word in words:
        mark = _loudest(read_wav(word).samples)
        last = len(sound.samples) if first else start + int(BEHIND * sound.rate)
        place = _find(sound.samples[:last], mark, start)
        if place is not None:
            found.append(word.stem)
            start, first = place + MARK, False
    return found


def _loudest(samples: Sequence[int]) -> Sequence[int]:
    """The part of a word that tells it from others."""
    places = range(0, max(len(samples) - MARK, 1), MARK // 4)
    best = max(places, key=lambda n: sum(map(abs, samples[n : n + MARK])))
    return samples[best : best + MARK]


def _find(samples: Sequence[int], mark: Sequence[int], start: int) -> int | None:
    """Where `mark` is in `samples`, at any loudness; None: nowhere."""
    ours = math.sqrt(sum(map(mul, mark, mark)))
    size = len(mark)
    energy = sum(each * each for each in samples[start : start + size])
    for place in range(start, len(samples) - size):
        if energy > size * 100:
            theirs = math.sqrt(energy)
            if sum(map(mul, mark, samples[place : place + size])) > ALIKE * ours * theirs:
                return place
        energy += samples[place + size] ** 2 - samples[place] ** 2
    return None
