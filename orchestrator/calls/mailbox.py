"""The bounded, ordered mailbox of one call: many may put, the call's own task takes."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """FIFO for one consumer.

    `asyncio.Queue` with `wait_for` costs two futures and a timer task per wait; a call waits
    about ten times, so this keeps one future and one timer handle instead.
    """

    __slots__ = ("_items", "_limit", "_waiter")

    def __init__(self, limit: int = 256) -> None:
        self._items: deque[T] = deque()
        self._limit = limit
        self._waiter: asyncio.Future[None] | None = None

    def make_room(self, items: int) -> None:
        """Let at least so many items wait: a call with many legs has many events."""
        self._limit = max(self._limit, items)

    def put(self, item: T) -> bool:
        """Append `item`; False when the mailbox is full and the item was not taken."""
        if len(self._items) >= self._limit:
            return False
        self._items.append(item)
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
        return True

    async def take(self, timeout: float | None) -> T | None:
        """The oldest item, waiting up to `timeout` seconds for one; None when none came."""
        if not self._items:
            if timeout is not None and timeout <= 0:
                return None
            await self._wait(timeout)
        return self._items.popleft() if self._items else None

    def take_now(self) -> T | None:
        """The oldest item, or None when there is none."""
        return self._items.popleft() if self._items else None

    async def _wait(self, timeout: float | None) -> None:
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        timer = None if timeout is None else loop.call_later(timeout, _finish, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def __len__(self) -> int:
        return len(self._items)


def _finish(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
