"""Sounds for tests: tones in every format that people bring."""

import io
import math
import struct
import wave
from pathlib import Path

import av

RATE = 48000
_SAMPLES = 960


def tone(hertz: float, seconds: float, rate: int = RATE, level: float = 0.3) -> bytes:
    """PCM 16 bit mono."""
    count = int(seconds * rate)
    step = 2 * math.pi * hertz / rate
    peak = level * 32767
    return struct.pack(f"<{count}h", *(round(peak * math.sin(step * n)) for n in range(count)))


def wav(hertz: float, seconds: float, rate: int = 8000, level: float = 0.3) -> bytes:
    """A WAV file."""
    whole = io.BytesIO()
    with wave.open(whole, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(tone(hertz, seconds, rate, level))
    return whole.getvalue()


def encoded(container: str, codec: str, hertz: float, seconds: float) -> bytes:
    """A file of another format, as libavformat names it: `("mp3", "mp3")`, `("webm", "libopus")`.

    WebM comes as browsers record it: without a length in its head.
    """
    whole = io.BytesIO()
    options = {"live": "1"} if container == "webm" else {}
    with av.open(whole, "w", format=container, options=options) as file:
        stream = file.add_stream(codec, rate=RATE)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=RATE)
        pcm = tone(hertz, seconds)
        for at in range(0, len(pcm) // 2 - _SAMPLES, _SAMPLES):
            frame = av.AudioFrame(format="s16", layout="mono", samples=_SAMPLES)
            piece = pcm[at * 2 : (at + _SAMPLES) * 2]
            frame.planes[0].update(piece.ljust(frame.planes[0].buffer_size, b"\0"))
            frame.sample_rate, frame.pts = RATE, at
            for each in resampler.resample(frame):
                file.mux(stream.encode(each))
        file.mux(stream.encode(None))
    return whole.getvalue()


def loudest(path: Path) -> float:
    """The frequency that a WAV file is loudest at, in steps of 10 Hz from 100 to 2000."""
    with wave.open(str(path)) as file:
        rate, data = file.getframerate(), file.readframes(file.getnframes())
    samples = struct.unpack(f"<{len(data) // 2}h", data)[: rate // 2]

    def power(hertz: float) -> float:
        step = 2 * math.pi * hertz / rate
        real = sum(s * math.cos(step * n) for n, s in enumerate(samples))
        imaginary = sum(s * math.sin(step * n) for n, s in enumerate(samples))
        return float(real * real + imaginary * imaginary)

    return max(range(100, 2000, 10), key=power)
