"""Tells Asterisk to read its registrations at providers anew when trunks changed.

Everything else of a trunk is read from the database when it is needed; registrations are the
one thing that Asterisk keeps, so the one thing that a change must be told.
"""

import asyncio

import structlog

from orchestrator.ari.client import AriClient
from orchestrator.ari.errors import AriError
from orchestrator.db.changes import Change, ChangeFeed

log = structlog.get_logger(__name__)

MODULE = "res_pjsip_outbound_registration"
# Somebody who edits trunks saves several times: one reload for all of it.
SETTLE_SECONDS = 0.2
RETRY_SECONDS = 5.0


class Registrations:
    """`run()` reloads the one module after each burst of changes."""

    def __init__(self, feed: ChangeFeed, ari: AriClient) -> None:
        self._ari = ari
        self._changed = asyncio.Event()
        feed.subscribe(self._note)

    def _note(self, change: Change) -> None:
        if change.registrations:
            self._changed.set()

    async def run(self) -> None:
        while True:
            await self._changed.wait()
            await asyncio.sleep(SETTLE_SECONDS)
            self._changed.clear()
            try:
                await self._ari.reload_module(MODULE)
            except AriError as error:
                log.warning("registrations-not-reloaded", error=str(error))
                self._changed.set()
                await asyncio.sleep(RETRY_SECONDS)
