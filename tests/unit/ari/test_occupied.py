"""What keeps a channel busy, and how it is freed."""

from orchestrator.ari.messages import (
    Channel,
    ChannelDestroyed,
    LiveRecording,
    Playback,
    PlaybackFinished,
    RecordingFailed,
    StasisEnd,
)
from orchestrator.ari.occupied import Occupied

STOP_P = ("DELETE", "playbacks/p")
STOP_Q = ("DELETE", "playbacks/q")
STOP_R = ("POST", "recordings/live/r/stop")


def busy() -> Occupied:
    occupied = Occupied()
    occupied.start("c", "p", STOP_P)
    occupied.start("c", "q", STOP_Q)
    occupied.start("d", "r", STOP_R)
    return occupied


def test_a_free_channel_needs_nothing() -> None:
    assert Occupied().take("c") == []


def test_all_that_plays_is_ended_once() -> None:
    occupied = busy()
    assert occupied.take("c") == [STOP_P, STOP_Q]
    assert occupied.take("c") == []
    assert occupied.take("d") == [STOP_R]


def test_what_has_ended_needs_no_ending() -> None:
    occupied = busy()
    occupied.on_event(PlaybackFinished(playback=Playback("p")))
    occupied.end("q")
    occupied.on_event(RecordingFailed(recording=LiveRecording("r")))
    assert (occupied.take("c"), occupied.take("d")) == ([], [])


def test_channels_that_end_are_forgotten() -> None:
    occupied = busy()
    occupied.on_event(StasisEnd(channel=Channel("c")))
    occupied.on_event(ChannelDestroyed(channel=Channel("d")))
    assert (occupied.take("c"), occupied.take("d")) == ([], [])
    occupied.end("p")


def test_only_channels_that_are_still_there_are_kept() -> None:
    occupied = busy()
    occupied.keep({"d"})
    assert (occupied.take("c"), occupied.take("d")) == ([], [STOP_R])
