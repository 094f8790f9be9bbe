"""Tells Asterisk what it keeps of trunks, when trunks changed.

Nearly all of a trunk is read from the database when it is needed. Two things are kept: the
registrations at providers, and for some seconds the list of addresses that calls come from.
"""

import asyncio

import structlog

from orchestrator.ari.client import AriClient
from orchestrator.ari.errors import AriError
from orchestrator.asterisk.address import AsteriskAddress
from orchestrator.asterisk.ami import AmiClient, AmiError
from orchestrator.db.changes import Change, ChangeFeed

log = structlog.get_logger(__name__)

REGISTRATIONS = "res_pjsip_outbound_registration"
# Named by Asterisk: the sorcery instance is res_pjsip, whatever module the objects are of.
ADDRESSES = "res_pjsip/identify"
# Somebody who edits trunks saves several times: one reload for all of it.
SETTLE_SECONDS = 0.1
RETRY_SECONDS = 5.0


class TrunkRefresh:
    """`run()` refreshes the two after each burst of changes."""

    def __init__(self, feed: ChangeFeed, ari: AriClient, address: AsteriskAddress) -> None:
        self._ari = ari
        self._address = address
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
                await self._refresh()
            except (AriError, AmiError) as error:
                log.warning("trunks-not-refreshed", error=str(error))
                self._changed.set()
                await asyncio.sleep(RETRY_SECONDS)

    async def _refresh(self) -> None:
        async with AmiClient.connect(self._address) as ami:
            await ami.expire(ADDRESSES)
        await self._ari.reload_module(REGISTRATIONS)
