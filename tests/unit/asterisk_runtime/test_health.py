"""Which releases of Asterisk are accepted."""

import pytest

from orchestrator.asterisk.health import Version, parse_version, require_supported
from orchestrator.errors import Misconfigured


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Asterisk 22.10.1~dfsg+~cs6.15.60671435-1\n", Version(22, 10, 1)),
        ("Asterisk 20.6.0", Version(20, 6, 0)),
        ("22.11.0-rc1", Version(22, 11, 0)),
    ],
)
def test_a_release_is_read(text: str, version: Version) -> None:
    assert parse_version(text) == version


def test_a_build_without_a_release_is_refused() -> None:
    with pytest.raises(Misconfigured, match="GIT-master"):
        parse_version("Asterisk GIT-master-abc")


@pytest.mark.parametrize("text", ["22.10.0", "22.9.9", "20.99.99"])
def test_older_releases_are_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match=rf"{text} is too old.*22\.10\.1"):
        require_supported(parse_version(text))


@pytest.mark.parametrize("text", ["22.10.1", "22.10.12", "23.0.0"])
def test_newer_releases_are_accepted(text: str) -> None:
    require_supported(parse_version(text))
