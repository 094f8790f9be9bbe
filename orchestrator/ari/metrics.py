"""Counters of the seam, cheap enough for the hot path."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from orchestrator.ari.errors import AriError
from orchestrator.ari.messages import Event

_AGE_SAMPLE = 16


class AriMetrics:
    """One object per Asterisk. Each has its own registry unless one is given."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry if registry is not None else CollectorRegistry()
        self.registry = registry
        self._requests = Counter(
            "centrale_ari_requests", "Requests by outcome", ["outcome"], registry=registry
        )
        self.succeeded = self._requests.labels("ok")
        self.late_answers = Counter(
            "centrale_ari_late_answers", "Answers after the deadline", registry=registry
        )
        self.unknown_events = Counter(
            "centrale_ari_unknown_events", "Frames that were not understood", registry=registry
        )
        self.listener_errors = Counter(
            "centrale_ari_listener_errors", "Events whose handling failed", registry=registry
        )
        self.connected = Gauge("centrale_ari_connected", "1 if connected", registry=registry)
        self.connections = Counter(
            "centrale_ari_connections", "Connections made since the start", registry=registry
        )
        self._age = Histogram(
            "centrale_ari_event_age_seconds",
            f"Time from Asterisk to us, of one event in {_AGE_SAMPLE}",
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=registry,
        )
        self._events = 0

    def failed(self, future: "asyncio.Future[Any]", error: AriError) -> None:
        """Count the error and put it into the future, unless whoever asked is gone.

        Looking at the exception marks it as seen: a caller may leave a future alone.
        """
        self._requests.labels(type(error).__name__).inc()
        if not future.done():
            future.set_exception(error)
            future.exception()

    def event(self, event: Event) -> None:
        """Take note of one event; the age is measured for some only, as parsing time costs."""
        self._events += 1
        if self._events % _AGE_SAMPLE == 0 and event.timestamp:
            made = datetime.fromisoformat(event.timestamp)
            self._age.observe(max(0.0, (datetime.now(UTC) - made).total_seconds()))
