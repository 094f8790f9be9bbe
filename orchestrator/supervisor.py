"""Background work with an owner: every long-running task has a name, a log line and a restart."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import structlog

log = structlog.get_logger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
# A task that ran this long before it crashed has earned a quick restart again.
HEALTHY_SECONDS = 120.0


class Supervisor:
    """Runs tasks until the block is left; restarts one that crashes, with growing pauses.

    One of the three places that may catch everything: a crash in the background must neither
    end the process nor go unseen.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def run(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` under `name`, which must be new, until it returns: then it is done."""
        if name in self._tasks:
            raise ValueError(f"{name} runs already")
        self._tasks[name] = asyncio.create_task(self._keep(name, work), name=name)

    async def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        pause = FIRST_PAUSE
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            try:
                await work()
                return
            except Exception:
                log.exception("background-task-crashed", task=name)
            if loop.time() - started > HEALTHY_SECONDS:
                pause = FIRST_PAUSE
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
