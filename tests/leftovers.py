"""What a test must not leave behind: tasks, child processes, a blocked event loop.

Things that a session fixture starts belong to the session; they are noted while such a fixture
is set up and are not held against the test.
"""

import asyncio
import os
import re
import time
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest

GRACE = 3.0  # Seconds that what was told to end may take.
# Half a second is far beyond what a callback may take, and above the hiccups of a busy machine.
SLOW_CALLBACK = 0.5
_PROJECT_CODE = re.compile(r"/orchestrator/\S+\.py")


class LeftoverWatch:
    """A plugin of pytest that compares tasks and children before and after each test.

    It is registered as an object, because hooks in a conftest file are not asked about
    fixtures of the whole session.
    """

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[object]] = set()
        self._children: set[int] = set()
        self._slow = SlowCallbacks()

    def use(self, loop: asyncio.AbstractEventLoop) -> None:
        """Watch the session's event loop, and be told of callbacks that block it."""
        self.loop = loop
        self._slow.watch()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, object, object]:
        """A test begins: what is there now is not its doing."""
        self._tasks = self._all_tasks()
        self._children = _children()
        self._slow.messages.clear()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object]
    ) -> Generator[None, object, object]:
        """What starts while a longer-lived fixture is set up is not the test's doing either."""
        if fixturedef.scope == "function":
            return (yield)
        tasks, children = self._all_tasks(), _children()
        try:
            return (yield)
        finally:
            self._tasks |= self._all_tasks() - tasks
            self._children |= _children() - children

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(
        self, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Fail the test that left something behind.

        After the last test the session's own things are gone too: nothing is compared.
        """
        result = yield
        if nextitem is not None and (complaints := self.complaints()):
            pytest.fail("The test " + "; ".join(complaints), pytrace=False)
        return result

    def complaints(self) -> list[str]:
        """What the test left behind, after giving it a moment to end."""
        deadline = time.monotonic() + GRACE
        while (tasks := self._new_tasks()) and time.monotonic() < deadline:
            self._turn()
        while (children := _children() - self._children) and time.monotonic() < deadline:
            self._turn()
        return [
            *(f"left a task running: {task!r}" for task in tasks),
            *(f"left a child process running: {_command(pid)}" for pid in children),
            *(f"blocked the event loop: {message}" for message in self._slow.messages),
        ]

    def _new_tasks(self) -> set[asyncio.Task[object]]:
        return left_over(self._tasks, self._all_tasks())

    def _all_tasks(self) -> set[asyncio.Task[object]]:
        return set(asyncio.all_tasks(self.loop)) if self.loop else set()

    def _turn(self) -> None:
        """Let the loop, which stands still between tests, finish what it has."""
        if self.loop and not self.loop.is_running() and not self.loop.is_closed():
            self.loop.run_until_complete(asyncio.sleep(0.02))
        else:
            time.sleep(0.02)


def left_over(
    before: set[asyncio.Task[object]], now: set[asyncio.Task[object]]
) -> set[asyncio.Task[object]]:
    """Tasks that were not there before, but for those that took the place of one that ended.

    A connection of the session that was lost and made anew has new tasks of the old names.
    """
    ended = Counter(task.get_name() for task in before - now)
    left: set[asyncio.Task[object]] = set()
    for task in now - before:
        name = task.get_name()
        if ended[name]:
            ended[name] -= 1
        else:
            left.add(task)
    return left


class SlowCallbacks:
    """Collects slow callbacks of the project's own code.

    asyncio's debug mode tells of them too, but notes a stack with every future: with that the
    suite takes twice as long.
    """

    def __init__(
        self, code: re.Pattern[str] = _PROJECT_CODE, seconds: float = SLOW_CALLBACK
    ) -> None:
        self.messages: list[str] = []
        self._code = code
        self._seconds = seconds

    def watch(self) -> None:
        """Time whatever runs on the event loops of this process from now on."""
        run = asyncio.Handle._run
        slow = self

        def timed(handle: asyncio.Handle) -> None:
            began = time.monotonic()
            run(handle)
            if (took := time.monotonic() - began) > slow._seconds:
                slow.note(_description(handle), took)

        asyncio.Handle._run = timed  # type: ignore[method-assign,assignment]

    def note(self, callback: str, took: float) -> None:
        """`callback` held everything up for `took` seconds."""
        if self._code.search(callback) and took > self._seconds * crowding(os.getloadavg()[0]):
            self.messages.append(f"{callback} took {took:.3f} seconds")


def _description(handle: asyncio.Handle) -> str:
    """A task says where it runs or was defined, a callback where its function is."""
    task = getattr(handle._callback, "__self__", None)  # type: ignore[attr-defined]
    return repr(task if isinstance(task, asyncio.Task) else handle)


def crowding(load: float) -> float:
    """How many times longer a callback may seem to take when `load` processes want to run.

    The wall clock measures, so on a machine with more work than cores a callback that waits for
    its turn looks like one that blocks.
    """
    crowded = load / (os.cpu_count() or 1)
    return max(1.0, 4.0 * crowded - 3.0)


def _children() -> set[int]:
    """The direct children of this process that have not ended."""
    found: set[int] = set()
    for thread in Path("/proc/self/task").iterdir():
        try:
            found |= {int(pid) for pid in (thread / "children").read_text().split()}
        except OSError:
            continue
    return {pid for pid in found if not _is_zombie(pid)}


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return f"{pid} (ended meanwhile)"
    return f"{pid} {os.fsdecode(b' '.join(words))[:200]}"
