"""Pure rules of sign-in: who an account is, how often one may try, what a token looks like."""

import hashlib
import secrets
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import timedelta

from orchestrator.types import ActorKind, TenantId

SESSION = timedelta(days=30)
"""A sign-in ends at the latest then."""

IDLE = timedelta(days=7)
"""A sign-in that nobody used for so long has ended."""

CLIENT_TOKEN = timedelta(hours=1)
"""Life of a token of an API client; there is nothing to renew, it asks for a new one."""

SEEN_EVERY = timedelta(minutes=5)
"""How exact `last_seen_at` is. Finer would be a write per request."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in: an operator or a user. `totp_secret` only once confirmed."""

    kind: ActorKind
    id: str
    tenant: TenantId
    name: str
    email: str
    password_hash: str | None
    totp_secret: str | None


def new_token() -> str:
    """256 random bits, safe in headers and cookies."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What we keep of a token. It is random, so a plain hash cannot be searched backwards."""
    return hashlib.sha256(token.encode()).hexdigest()


class Attempts:
    """Failures per key within a sliding window, for a bounded number of keys.

    Keys of sign-in are (account, address): one stale password in an office locks out neither
    the colleagues behind the same address nor the account's owner elsewhere.
    """

    def __init__(self, limit: int, window: float, capacity: int = 20_000) -> None:
        """`limit` failures in `window` seconds; of more than `capacity` keys the oldest go."""
        self._limit = limit
        self._window = window
        self._capacity = capacity
        self._failures: OrderedDict[tuple[str, ...], deque[float]] = OrderedDict()

    def wait(self, key: tuple[str, ...], now: float) -> int:
        """Seconds until `key` may try again; 0 when it may now. `now` is monotonic."""
        failures = self._failures.get(key)
        if failures is None:
            return 0
        while failures and failures[0] <= now - self._window:
            failures.popleft()
        if len(failures) < self._limit:
            return 0
        return max(1, round(failures[0] + self._window - now))

    def failed(self, key: tuple[str, ...], now: float) -> None:
        """Count one failure."""
        failures = self._failures.setdefault(key, deque(maxlen=self._limit))
        failures.append(now)
        self._failures.move_to_end(key)
        if len(self._failures) > self._capacity:
            self._failures.popitem(last=False)

    def succeeded(self, key: tuple[str, ...]) -> None:
        """Forget the failures of `key`."""
        self._failures.pop(key, None)

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._failures)
