"""What ARI lacks, by the manager interface over HTTP (`/rawman`).

AmiError (Unavailable)     the manager did not do what was asked
├── AmiRefused             it answered `Response: Error`
└── AmiUnreachable         no answer, or one that is not the manager's
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

import aiohttp

from orchestrator.asterisk.address import MANAGER_USER, AsteriskAddress
from orchestrator.asterisk.hints import PATTERN, context_of, hint_of
from orchestrator.errors import Unavailable

# Named by Asterisk: the sorcery instance is res_pjsip, whatever module the objects are of.
_CACHES = ("res_pjsip/endpoint", "res_pjsip/auth", "res_pjsip/aor", "res_pjsip/identify")
_DEADLINE_SECONDS = 5.0
_SESSION_LOST = ("Permission denied", "Authentication Required")
# A list of 10,000 rows of the internal database stays far below.
_ANSWER_BYTES = 8_000_000
_TENANT = re.compile(r"[a-z][a-z0-9-]{0,30}")
_ENDPOINT = re.compile(r"[a-z0-9-]{1,64}")

# One block of an answer, `Name: value` lines; where a name comes twice the first holds.
Block = Mapping[str, str]


class AmiError(Unavailable):
    """The manager did not do what was asked."""


class AmiRefused(AmiError):
    """The manager answered `Response: Error`."""


class AmiUnreachable(AmiError):
    """The manager gave no answer, or not one of its own."""


@dataclass(frozen=True, slots=True)
class Registration:
    """One registration of ours at a carrier. `status` is Registered, Rejected, Unregistered..."""

    endpoint: str
    server_uri: str
    status: str
    next_attempt: int


@dataclass(frozen=True, slots=True)
class Notify:
    """A SIP NOTIFY outside any dialogue: to wake a phone, to light its message lamp."""

    event: str
    content_type: str = ""
    content: str = ""


class AmiClient:
    """A manager session. Actions go one after the other; each has a deadline, mostly of 5 s."""

    def __init__(self, http: aiohttp.ClientSession, address: AsteriskAddress) -> None:
        self._http = http
        self._address = address
        self._one_at_a_time = asyncio.Lock()
        self._signed_in = False

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(cls, address: AsteriskAddress) -> "AsyncIterator[AmiClient]":
        """A client with an HTTP session of its own; signs in at the first action."""
        timeout = aiohttp.ClientTimeout(total=_DEADLINE_SECONDS)
        # Asterisk's cookies belong to an address, which aiohttp by default does not keep.
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(timeout=timeout, cookie_jar=jar) as http:
            yield cls(http, address)

    async def notify_endpoint(self, endpoint: str, notify: Notify) -> None:
        """Send a NOTIFY to every contact of an endpoint."""
        await self._action("PJSIPNotify", [("Endpoint", endpoint), *_variables(notify)])

    async def notify_uri(self, uri: str, notify: Notify) -> None:
        """Send a NOTIFY to a SIP address."""
        await self._action("PJSIPNotify", [("URI", uri), *_variables(notify)])

    async def reload(self, module: str, patience: float = _DEADLINE_SECONDS) -> None:
        """Reload one module, or one part of the core (`logger`, `rtp`, `http`)."""
        await self._action("Reload", [("Module", module)], patience)

    async def forget_tables(self) -> None:
        """Have Asterisk read our tables anew: forget what the memory caches of sorcery.conf hold;
        one that nobody used yet is fine."""
        for cache in _CACHES:
            with contextlib.suppress(AmiRefused):
                await self._action("SorceryMemoryCacheExpire", [("Cache", cache)])

    async def registrations(self) -> list[Registration]:
        """Our registrations at carriers. Not to be asked for twice at once: `registrations.py`."""
        try:
            blocks = await self._action("PJSIPShowRegistrationsOutbound", [])
        except AmiRefused:
            # Asterisk answers an empty list with an error.
            return []
        return [
            Registration(
                block.get("ObjectName", ""),
                block.get("ServerUri", ""),
                block.get("Status", ""),
                int(block.get("NextReg", "0") or 0),
            )
            for block in blocks
            if block.get("Event") == "OutboundRegistrationDetail"
        ]

    async def contact_statuses(self, endpoint: str) -> set[str]:
        """What the contacts of an endpoint are: Reachable, Unreachable, NonQualified..."""
        try:
            blocks = await self._action("PJSIPShowEndpoint", [("Endpoint", endpoint)])
        except AmiRefused:
            # It is being deleted.
            return set()
        return {
            block.get("Status", "")
            for block in blocks
            if block.get("Event") == "ContactStatusDetail"
        }

    async def register(self, endpoint: str) -> None:
        """Try one registration of ours again now; one that is gone meanwhile is fine."""
        with contextlib.suppress(AmiRefused):
            await self._action("PJSIPRegister", [("Registration", endpoint)])

    async def unregister(self, endpoint: str) -> None:
        """End one registration of ours; Asterisk does not renew it by itself. Gone is fine."""
        with contextlib.suppress(AmiRefused):
            await self._action("PJSIPUnregister", [("Registration", endpoint)])

    async def ask_anew(self, endpoint: str) -> None:
        """Have Asterisk send OPTIONS to the contacts of an endpoint as its table says now.

        There is no action for it. What a reload of res_pjsip would do, for one endpoint.
        """
        if _ENDPOINT.fullmatch(endpoint) is None:
            raise ValueError(f"{endpoint!r} is no name of an endpoint")
        line = f"pjsip reload qualify endpoint {endpoint}"
        await self._action("Command", [("Command", line)])

    async def database_tree(self, family: str) -> dict[str, str]:
        """The keys, without their family, and values below `family` of Asterisk's database."""
        blocks = await self._action("DBGetTree", [("Family", family)])
        prefix = f"/{family}/"
        return {
            block["Key"].removeprefix(prefix): block.get("Val", "")
            for block in blocks
            if block.get("Event") == "DBGetTreeResponse" and "Key" in block
        }

    async def database_delete(self, family: str, key: str) -> None:
        """Delete one key of Asterisk's database; gone already is fine."""
        with contextlib.suppress(AmiRefused):
            await self._action("DBDel", [("Family", family), ("Key", key)])

    async def add_hints(self, tenant: str) -> None:
        """Let phones subscribe to the numbers of a tenant; may be repeated.

        One pattern in one small context per tenant: no reload, no line per number. It is lost
        when Asterisk restarts; `hints.py` keeps it for the embedded one.
        """
        if _TENANT.fullmatch(tenant) is None:
            raise ValueError(f"{tenant!r} is no name of a tenant")
        await self._action(
            "DialplanExtensionAdd",
            [
                ("Context", context_of(tenant)),
                ("Extension", PATTERN),
                ("Priority", "hint"),
                ("Application", hint_of(tenant)),
                ("Replace", "yes"),
            ],
        )

    async def watched_hints(self) -> list[tuple[str, str]]:
        """Tenant and number of every hint that a phone subscribed to since Asterisk started."""
        blocks = await self._action("ExtensionStateList", [])
        prefix = context_of("")
        return [
            (block["Context"].removeprefix(prefix), block["Exten"])
            for block in blocks
            if block.get("Context", "").startswith(prefix) and "Exten" in block
        ]

    async def _action(
        self,
        name: str,
        fields: Sequence[tuple[str, str]],
        patience: float = _DEADLINE_SECONDS,
    ) -> list[Block]:
        """Do one action; returns the blocks of the answer. Signs in again when it must."""
        async with self._one_at_a_time:
            for _ in range(2):
                if not self._signed_in:
                    await self._sign_in()
                blocks = await self._post([("Action", name), *fields], patience)
                head = blocks[0]
                if head.get("Response") != "Error":
                    return blocks
                message = head.get("Message", "")
                if message not in _SESSION_LOST:
                    break
                self._signed_in = False
            raise AmiRefused(f"The manager refuses {name}: {message}")

    async def _sign_in(self) -> None:
        blocks = await self._post(
            [
                ("Action", "Login"),
                ("Username", MANAGER_USER),
                ("Secret", self._address.credentials.manager_secret),
                ("Events", "off"),
            ]
        )
        if blocks[0].get("Response") != "Success":
            raise AmiRefused("The manager refuses our password")
        self._signed_in = True

    async def _post(
        self, fields: Sequence[tuple[str, str]], patience: float = _DEADLINE_SECONDS
    ) -> list[Block]:
        # In the body: a URL would end up in logs with the password in it.
        form = aiohttp.FormData([*fields])
        url, timeout = f"{self._address.base_url}/rawman", aiohttp.ClientTimeout(total=patience)
        try:
            async with self._http.post(url, data=form, timeout=timeout) as response:
                if response.status != 200:
                    raise AmiUnreachable(f"The manager answers with status {response.status}")
                text = (await response.content.read(_ANSWER_BYTES)).decode(errors="replace")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise AmiUnreachable(
                f"The manager does not answer: {error or type(error).__name__}"
            ) from error
        blocks = parse_blocks(text)
        if not blocks:
            raise AmiUnreachable("The manager's answer is empty")
        return blocks


def parse_blocks(text: str) -> list[Block]:
    """Blocks of `Name: value` lines, divided by empty lines."""
    blocks: list[Block] = []
    for paragraph in re.split(r"\r?\n\r?\n", text):
        block: dict[str, str] = {}
        for line in paragraph.splitlines():
            name, colon, value = line.partition(":")
            if colon:
                block.setdefault(name, value.strip())
        if block:
            blocks.append(block)
    return blocks


def _variables(notify: Notify) -> list[tuple[str, str]]:
    """The headers and the body of a NOTIFY as the fields of the action."""
    fields = [("Variable", f"Event={notify.event}")]
    if notify.content_type:
        fields.append(("Variable", f"Content-type={notify.content_type}"))
    # One `Content` per line; Asterisk puts the line ends between them.
    fields += [("Variable", f"Content={line}") for line in notify.content.splitlines()]
    return fields
