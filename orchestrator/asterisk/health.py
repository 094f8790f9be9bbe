"""Is this Asterisk one that we can drive?

Before 22.10.1 a load that comes by ARI alone can dead-lock Asterisk (asterisk#1962), and
read-only users are not held back over the WebSocket.
"""

import re
from typing import NamedTuple

from orchestrator.errors import Misconfigured


class Version(NamedTuple):
    """A release of Asterisk, `22.10.1`; compares as numbers do."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


MINIMUM = Version(22, 10, 1)

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def parse_version(text: str) -> Version:
    """The release in `Asterisk 22.10.1~dfsg+~cs6.15.60671435-1` and the like.

    Raises `Misconfigured` when there is none, as in a build from a source tree (`GIT-master`).
    """
    found = _VERSION.search(text)
    if found is None:
        raise Misconfigured(
            f"{text.strip()!r} names no Asterisk release; Centrale needs {MINIMUM} or newer"
        )
    return Version(*(int(part) for part in found.groups()))


def require_supported(version: Version) -> None:
    """Raise `Misconfigured` when `version` is too old to be driven safely."""
    if version < MINIMUM:
        raise Misconfigured(
            f"Asterisk {version} is too old: Centrale needs {MINIMUM} or newer, "
            "because older releases dead-lock when every call is driven by ARI"
        )
