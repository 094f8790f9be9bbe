"""Sources that call and are nobody's: what Asterisk's log says of them, one line a minute. Pure.

A request of an unknown source never becomes a call, so neither the dialplan nor ARI hears of it.
Its lines hold text of the sender, who may write anything but a line break.
"""

import re
from collections.abc import Iterator

AGAIN_SECONDS = 60.0
MOST_SOURCES = 1_000
"""Sources that are remembered; while there are more, new ones are not told apart."""

# Greedy before the address and without blanks behind it, up to the end of the line: so what a
# sender writes into From or Call-ID is never taken for the address.
_INVITE = re.compile(
    r"Request 'INVITE' from '.*' failed for '(?P<address>[0-9a-fA-F.:\[\]]{1,60})'"
    r" \(callid: \S*\) - No matching endpoint found$",
    re.MULTILINE,
)


def sources(lines: str) -> Iterator[str]:
    """The IP address of every refused INVITE of an unknown source in the log's lines."""
    for found in _INVITE.finditer(lines):
        yield found["address"].rpartition(":")[0].strip("[]")


class Told:
    """Whom we told of, and when, in seconds of any clock that only goes forwards."""

    def __init__(self) -> None:
        self._at: dict[str, float] = {}

    def is_news(self, source: str, now: float) -> bool:
        """Whether to tell of `source` again; remembers that it was told."""
        self._at = {each: at for each, at in self._at.items() if now - at < AGAIN_SECONDS}
        if source in self._at or len(self._at) >= MOST_SOURCES:
            return False
        self._at[source] = now
        return True
