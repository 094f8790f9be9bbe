"""What is asked of Asterisk in so many words."""

import pytest

from orchestrator.ari.requests import play_params


@pytest.mark.parametrize(
    ("media", "played"),
    [
        (("sound:hello", "number:25"), ("sound:hello", "number:25")),
        (("digits:102",), ("sound:digits/1", "sound:digits/0", "sound:digits/2")),
        (("digits:*9#",), ("sound:digits/star", "sound:digits/9", "sound:digits/pound")),
        (("digits:1-a2", "tone:ring"), ("sound:digits/1", "sound:digits/2", "tone:ring")),
    ],
)
def test_digits_are_sounds_that_a_key_can_end(
    media: tuple[str, ...], played: tuple[str, ...]
) -> None:
    assert play_params(media, "p1", "") == {"media": played, "playbackId": "p1"}
