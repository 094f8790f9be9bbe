"""Every status that ARI documents, and every word that we know, has its error."""

import pytest

from orchestrator.ari import errors
from orchestrator.ari.answers import done, error_of, version
from orchestrator.ari.errors import (
    AriError,
    Conflict,
    Invalid,
    NotFound,
    NotInStasis,
    Timeout,
    Unavailable,
    Unreachable,
    error_class,
)
from orchestrator.ari.transport import Reply

# The statuses in the API descriptions of Asterisk 22.10.1, with 405 and 406 of its HTTP side.
DOCUMENTED = {
    400: Invalid,
    403: Invalid,
    404: NotFound,
    405: Invalid,
    406: Invalid,
    409: Conflict,
    412: Conflict,
    422: Invalid,
    500: Unavailable,
    501: Unavailable,
    503: Unavailable,
}


@pytest.mark.parametrize(("status", "kind"), DOCUMENTED.items())
def test_each_documented_status_has_its_error(status: int, kind: type[AriError]) -> None:
    assert error_class(status, "some words") is kind


def test_no_status_is_left_without_an_error() -> None:
    assert all(issubclass(error_class(status, ""), AriError) for status in range(300, 600))


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (400, "Channel not found", NotFound),
        (409, "Channel not in Stasis application", NotInStasis),
        (409, "Bridge not in Stasis application", NotInStasis),
        (422, "Channel not in Stasis application", NotInStasis),
        (422, "Channel not in this bridge", Invalid),
        (500, "Allocation failed", Unreachable),
        (500, "Unable to create bridge. Possible duplicate bridge id 'b'", Conflict),
        (500, "Unknown device", Invalid),
    ],
)
def test_words_tell_more_than_the_status(status: int, words: str, kind: type[AriError]) -> None:
    assert error_class(status, words) is kind


def test_the_drawing_shows_every_class() -> None:
    drawn = errors.__doc__ or ""
    classes = {c.__name__ for c in vars(errors).values() if isinstance(c, type)}
    assert classes
    assert all(f"{name} " in drawn or f"{name}\n" in drawn for name in classes)
    assert issubclass(Timeout, Unavailable)


def test_an_error_says_what_was_asked() -> None:
    error = error_of(Reply(409, '{"message":"no"}', "POST", "channels/x/answer"))
    assert str(error) == "no (POST channels/x/answer: 409)"
    assert error_of(Reply(500, "<html>", "GET", "x")).message == "<html>"
    assert error_of(Reply(500, "", "GET", "x")).message == "no reason given"


@pytest.mark.parametrize(("status", "body"), [(200, "{}"), (201, "{}"), (204, "")])
def test_done_is_true(status: int, body: str) -> None:
    assert done(Reply(status, body, "POST", "x")) is True


@pytest.mark.parametrize(
    ("status", "message"), [(404, "Channel not found"), (409, "Channel not in Stasis application")]
)
def test_gone_is_false(status: int, message: str) -> None:
    assert done(Reply(status, f'{{"message":"{message}"}}', "POST", "x")) is False


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("22.10.1+dfsg+~cs6", (22, 10, 1)), ("22.11.0-rc1", (22, 11, 0)), ("GIT-master", (0,))],
)
def test_versions_are_compared_by_number(text: str, numbers: tuple[int, ...]) -> None:
    assert version(text) == numbers
