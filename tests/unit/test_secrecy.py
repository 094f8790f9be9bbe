"""The check for secrets finds them, and is not misled by ids and times."""

import pytest

from tests.secrecy import tells


@pytest.mark.parametrize(
    "text",
    [
        '{"dialled": "*77*101*4711#"}',
        '{"pin": "4711"}',
        "7774711",
        "User 4711",
        "4711",
        '"id":"01a21652-57fd-778d-80c9-8875cb00f6df","number":"4711"',
    ],
)
def test_a_secret_is_found(text: str) -> None:
    assert tells(text, "4711")


@pytest.mark.parametrize(
    "text",
    [
        "01a24711-57fd-778d-80c9-8875cb00f6df",
        "2026-11-26T05:27:06.047110Z",
        "node1-1795647110.122",
        "datetime.datetime(2026, 11, 26, 5, 27, 6, 47110, tzinfo=datetime.timezone.utc)",
        '{"dialled": "4710"}',
    ],
)
def test_digits_by_chance_are_none(text: str) -> None:
    assert not tells(text, "4711")
