"""Passwords: hashed and checked with argon2, off the event loop, few at a time."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import SecretStr


class Passwords:
    """Argon2id in worker threads. One check takes some 64 MiB and 50 ms, hence the bound."""

    def __init__(self, hasher: PasswordHasher | None = None, at_once: int = 2) -> None:
        self._hasher = hasher or PasswordHasher()
        self._room = asyncio.Semaphore(at_once)
        self._nobody: str | None = None

    async def hash(self, password: SecretStr) -> str:
        """A salted hash that says its own parameters."""
        async with self._room:
            return await asyncio.to_thread(self._hasher.hash, password.get_secret_value())

    async def verify(self, password_hash: str | None, password: SecretStr) -> bool:
        """Whether `password` fits. None (no such account) takes as long as a wrong password."""
        async with self._room:
            return await asyncio.to_thread(self._verify, password_hash, password)

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with weaker parameters than ours now."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str | None, password: SecretStr) -> bool:
        # Made before any check, so that the first unknown account takes no longer than others.
        if self._nobody is None:
            self._nobody = self._hasher.hash("nobody has this password")
        known = password_hash is not None
        tried = password_hash or self._nobody
        try:
            return self._hasher.verify(tried, password.get_secret_value()) and known
        except (VerificationError, InvalidHashError):
            return False
