"""Device states, set over ARI's plain HTTP.

Asterisk writes each state into its own database before it answers, and may wait for the disk. On
the WebSocket, where it handles one request after the other, all calls would wait with it; this
connection is of no call.
"""

import contextlib
from collections.abc import AsyncIterator
from urllib.parse import quote

import aiohttp

from orchestrator.asterisk.address import AsteriskAddress
from orchestrator.errors import Unavailable

_DEADLINE_SECONDS = 5.0
# Two threads of Asterisk at most; more would only wait for each other at its database.
_CONNECTIONS = 2


class StateNotSet(Unavailable):
    """Asterisk did not take a device state, or did not answer."""


class DeviceStates:
    """The states of `Stasis:...` devices. Each request has a deadline of 5 s."""

    def __init__(self, http: aiohttp.ClientSession, address: AsteriskAddress) -> None:
        self._http = http
        self._url = f"{address.base_url}/ari/deviceStates"

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(cls, address: AsteriskAddress) -> "AsyncIterator[DeviceStates]":
        """With connections of its own, made when they are needed."""
        timeout = aiohttp.ClientTimeout(total=_DEADLINE_SECONDS)
        connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
        credentials = address.credentials
        basic = aiohttp.encode_basic_auth(credentials.ari_user, credentials.ari_password)
        headers = {"Authorization": basic}
        async with aiohttp.ClientSession(
            timeout=timeout, connector=connector, headers=headers
        ) as http:
            yield cls(http, address)

    async def set(self, device: str, state: str) -> None:
        """NOT_INUSE, RINGING, INUSE, RINGINUSE, ONHOLD, BUSY, UNAVAILABLE."""
        await self._request("PUT", device, {"deviceState": state})

    async def delete(self, device: str) -> None:
        """Forget a state; gone already is fine."""
        await self._request("DELETE", device, {})

    async def _request(self, method: str, device: str, params: dict[str, str]) -> None:
        url = f"{self._url}/{quote(device, safe=':*')}"
        try:
            async with self._http.request(method, url, params=params) as answer:
                if answer.status >= 300 and answer.status != 404:
                    raise StateNotSet(f"{device} {params}: {answer.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise StateNotSet(
                f"Asterisk does not answer: {error or type(error).__name__}"
            ) from error
