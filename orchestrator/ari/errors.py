"""What can go wrong between us and Asterisk: one tree, made from answers in one place.

    AriError
    ├── NotFound        the channel, bridge, playback ... does not exist (any more)
    ├── NotInStasis     it exists, but has left our application, or never was in it
    ├── Conflict        it collides: the id is taken, the channel is in the wrong state
    ├── Invalid         the request is wrong; sending it again cannot help
    ├── Unreachable     nobody to call: no such endpoint, or no contact registered for it
    ├── Unavailable     Asterisk cannot answer now: socket down, fault, too much in flight
    │   └── Timeout     it did not answer in time; whether it acted is not known
    ├── TooOld          this Asterisk is older than we can work with
    └── Replaced        another orchestrator has taken the application over

The tree stands alone: it does not derive from `CentraleError`, since no user ever sees it.
"""


class AriError(Exception):
    """Base of the tree. `status` is 0 where no answer came."""

    def __init__(self, message: str, *, status: int = 0, method: str = "", path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.method = method
        self.path = path

    def __str__(self) -> str:
        if not self.method:
            return self.message
        return f"{self.message} ({self.method} {self.path}: {self.status or 'no answer'})"


class NotFound(AriError):
    """The channel, bridge, playback, endpoint ... does not exist, or does not any more."""


class NotInStasis(AriError):
    """The channel or bridge is outside our application, mostly because it has just left."""


class Conflict(AriError):
    """The id is taken, or the state of the channel forbids the request."""


class Invalid(AriError):
    """The request itself is wrong."""


class Unreachable(AriError):
    """No channel could be made to the endpoint: unknown, or nobody is registered there."""


class Unavailable(AriError):
    """Asterisk cannot serve the request now."""


class Timeout(Unavailable):
    """No answer within the deadline. The request may have been carried out all the same."""


class TooOld(AriError):
    """The version of Asterisk is below the first one that is known to be fit."""


class Replaced(AriError):
    """Another WebSocket has taken the application; whoever holds the lease must decide now."""


# Asterisk says some things only in words. These are the words of 22.10.1; the contract suite
# asks the real one for each of them. (status, words in the message) -> class; first match wins.
_WORDS: tuple[tuple[int, str, type[AriError]], ...] = (
    (400, "Channel not found", NotFound),
    (409, "not in Stasis", NotInStasis),
    (422, "not in Stasis", NotInStasis),
    (500, "Allocation failed", Unreachable),
    (500, "duplicate bridge id", Conflict),
    # So it says of a channel that hangs up in the very moment.
    (500, "Failed to answer channel", NotFound),
    (500, "Snoop channel could not be created", NotFound),
    (500, "Unknown device", Invalid),
    (500, "Unable to read provided function", Invalid),
)

_STATUSES: dict[int, type[AriError]] = {
    404: NotFound,
    409: Conflict,
    412: Conflict,
}


def error_class(status: int, message: str) -> type[AriError]:
    """The class for an answer with an error status (>= 400) and its message."""
    for words_status, words, found in _WORDS:
        if status == words_status and words in message:
            return found
    if status in _STATUSES:
        return _STATUSES[status]
    return Unavailable if status >= 500 else Invalid
