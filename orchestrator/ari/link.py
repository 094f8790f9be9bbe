"""Keeps the connection to Asterisk up, and says when it is there.

    down --connected--> preparing --reconciled--> up --lost--> down (again, after a pause)

*Preparing*: version check, event filter, then the listener's `on_connected`, which lists channels
and bridges and takes them over: Asterisk sends no new StasisStart for what waited while we were
away. Events that arrive meanwhile are kept and delivered, in order, when `on_connected` returns;
so nothing is missed, and nothing is handled before the list is known. An event may then speak of
a channel that the list already showed in its later state: handlers must bear that.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable
from typing import Protocol

import structlog

from orchestrator.ari.errors import AriError, Replaced, TooOld, Unavailable
from orchestrator.ari.messages import ApplicationReplaced, ChannelTransfer, Event
from orchestrator.ari.metrics import AriMetrics
from orchestrator.ari.transport import AriTransport

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
# More than this while reconciling means that we cannot keep up; starting anew is then right.
_MOST_KEPT = 20_000

log = structlog.get_logger(__name__)


class Listener(Protocol):
    """Who handles what Asterisk says."""

    def on_event(self, event: Event) -> None:
        """Called for every event in order, by the reader itself: must be quick, cannot wait."""

    async def on_connected(self) -> None:
        """Reconcile. Requests may be sent and awaited; events come after it has returned.

        If it raises an AriError, the connection is dropped and made anew.
        """

    def on_disconnected(self) -> None:
        """The connection is lost, and every request in flight has failed."""


class Owner(Protocol):
    """What the link needs of the client."""

    async def prepare(self) -> None:
        """Make a new connection ready. Raises AriError."""

    def note(self, event: Event) -> None:
        """See an event on arrival, before the listener does."""

    def probe(self) -> Awaitable[object]:
        """A request whose failing shows a socket that looks open and is dead."""


class Link:
    """The supervised connection; asks `owner.probe()` every `probe_every` seconds."""

    def __init__(
        self, transport: AriTransport, owner: Owner, metrics: AriMetrics, probe_every: float
    ) -> None:
        self._transport = transport
        self._owner = owner
        self._metrics = metrics
        self._probe_every = probe_every
        self._up = asyncio.Event()
        self._log = log.warning

    @property
    def connected(self) -> bool:
        """True from the end of `on_connected` to the loss of the connection."""
        return self._up.is_set()

    async def wait_connected(self, timeout: float) -> None:
        """Return when connected; Unavailable if that takes longer than `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._up.wait()
        except TimeoutError:
            raise Unavailable(f"no connection to Asterisk within {timeout} s") from None

    def expect_end(self) -> None:
        """Asterisk is told to end: that the connection goes is no cause for a warning."""
        self._log = log.info

    async def run(self, listener: Listener) -> None:
        """Connect, serve, reconnect, until cancelled. Ends by raising TooOld or Replaced."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._serve(listener)
                pause = _FIRST_PAUSE
            except (TooOld, Replaced):
                raise
            except AriError as error:
                self._log("ari connection failed", error=str(error))
            # Jitter, so that what broke together does not come back all at once.
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _serve(self, listener: Listener) -> None:
        """One connection from its start to its end. Returns if it was up, raises if it failed."""
        delivery = _Delivery(listener, self._owner, self._metrics)
        async with self._transport.events(delivery) as lost:
            delivery.lost = lost
            self._metrics.connections.inc()
            await self._reconcile(listener, lost)
            delivery.open()
            self._up.set()
            self._metrics.connected.set(1)
            log.info("ari connected")
            try:
                await self._watch(lost)
            finally:
                self._up.clear()
                self._metrics.connected.set(0)
        listener.on_disconnected()
        if delivery.replaced:
            raise Replaced("another orchestrator has taken the application over")

    async def _reconcile(self, listener: Listener, lost: "asyncio.Future[str]") -> None:
        """Prepare, then let the listener reconcile, as long as the connection lasts."""

        async def prepare() -> None:
            await self._owner.prepare()
            await listener.on_connected()

        work = asyncio.create_task(prepare(), name="ari-reconcile")
        try:
            waiting: set[asyncio.Future[None] | asyncio.Future[str]] = {work, lost}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise Unavailable(f"lost while reconciling: {lost.result()}")
        finally:
            work.cancel()
            await asyncio.wait({work})
        work.result()

    async def _watch(self, lost: "asyncio.Future[str]") -> None:
        """Return when the connection is lost, or open and silent."""
        while not lost.done():
            try:
                await self._owner.probe()
            except AriError as error:
                self._log("ari connection silent", error=str(error))
                return
            await asyncio.wait({lost}, timeout=self._probe_every)
        self._log("ari connection lost", reason=lost.result())


class _Delivery:
    """Keeps the events of one connection until it is open, then hands them on as they come."""

    def __init__(self, listener: Listener, owner: Owner, metrics: AriMetrics) -> None:
        self._listener = listener
        self._owner = owner
        self._metrics = metrics
        self._kept: deque[Event] | None = deque()
        self.lost: asyncio.Future[str] | None = None
        self.replaced = False

    def __call__(self, event: Event) -> None:
        self._owner.note(event)
        if type(event) is ChannelTransfer and event.state:
            return  # The echo of our own `transfer_progress`.
        if type(event) is ApplicationReplaced:
            self.replaced = True
            self._drop("taken over by another WebSocket")
        if self._kept is None:
            self._hand_on(event)
        elif len(self._kept) < _MOST_KEPT:
            self._kept.append(event)
        else:
            self._drop("too many events while reconciling")

    def open(self) -> None:
        """Deliver what was kept; from now on events pass straight through."""
        kept, self._kept = self._kept, None
        for event in kept or ():
            self._hand_on(event)

    def _hand_on(self, event: Event) -> None:
        try:
            self._listener.on_event(event)
        except Exception:
            # The reader carries every call: a fault in the handling of one event ends there.
            self._metrics.listener_errors.inc()
            log.exception("ari event not handled", event_type=type(event).__name__)

    def _drop(self, reason: str) -> None:
        if self.lost is not None and not self.lost.done():
            self.lost.set_result(reason)
