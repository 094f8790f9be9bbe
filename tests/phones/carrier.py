"""A telephone provider on an Asterisk of its own: accounts that register, numbers that answer."""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from orchestrator.asterisk.fetch import AsteriskBinary, find_asterisk
from orchestrator.asterisk.ports import Ports
from orchestrator.asterisk.runtime import EmbeddedAsterisk
from orchestrator.db.schema import migrate
from orchestrator.settings import Settings
from tests.phones.phone import Account
from tests.phones.wire import Address
from tests.stack import settings_for

# Whoever dials ECHO hears what they say; any other number does not exist.
ECHO = "0612345678"

_MODULES = ("app_echo", "func_global", "res_clioriginate")

_SIP = """
[{account.username}]
type = aor
max_contacts = 1
remove_existing = yes

[{account.username}]
type = auth
username = {account.username}
password = {account.password}

[{account.username}]
type = endpoint
context = customer
aors = {account.username}
auth = {account.username}
disallow = all
allow = alaw
direct_media = no
trust_id_inbound = yes
media_encryption = {encryption}
from_domain = carrier.example
"""

_DIALPLAN = f"""
[customer]
exten => {ECHO},1,Set(GLOBAL(SEEN)=${{CALLERID(num)}})
 same => n,Answer()
 same => n,Echo()
exten => _X!,1,Hangup(1)
exten => h,1,Hangup()

[inward]
exten => echo,1,Echo()
exten => h,1,Hangup()
"""


class Carrier(EmbeddedAsterisk):
    """The provider at which `accounts` may register, call out and be called."""

    def __init__(
        self, settings: Settings, binary: AsteriskBinary, accounts: Sequence[Account], *, srtp: bool
    ) -> None:
        super().__init__(settings, binary)
        self.host = settings.sip_host
        self._accounts = accounts
        self._encryption = "sdes" if srtp else "no"

    @property
    def sip(self) -> Address:
        return Address(self.host, self.address.ports.sip)

    def _render(self, ports: Ports) -> frozenset[str]:
        """The usual configuration, and what makes a provider of it."""
        changed = super()._render(ports)
        sections = (
            _SIP.format(account=account, encryption=self._encryption) for account in self._accounts
        )
        self._append("pjsip.conf", "".join(sections))
        self._append("extensions.conf", _DIALPLAN)
        self._append("modules.conf", "".join(f"load = {name}.so\n" for name in _MODULES))
        # Without words in here Asterisk reads all of its accounts from pjsip.conf.
        (self.layout.etc / "sorcery.conf").write_text("")
        return changed

    def _append(self, file: str, text: str) -> None:
        with (self.layout.etc / file).open("a") as opened:
            opened.write(text)

    @property
    def sips(self) -> Address:
        return Address(self.host, self.address.ports.sip_tls)

    async def registered(self, account: Account) -> bool:
        """Whether the account has a contact."""
        return account.username in await self.command("pjsip show contacts")

    async def call(self, account: Account, number: str) -> None:
        """Call `number` of the customer, who hears what they say."""
        await self.command(
            f"channel originate PJSIP/{number}@{account.username} extension echo@inward"
        )

    async def seen(self) -> str:
        """The number that the last caller of ECHO showed."""
        shown = await self.command("dialplan show globals")
        lines = [line.strip() for line in shown.splitlines()]
        return next((line[5:] for line in lines if line.startswith("SEEN=")), "")


@asynccontextmanager
async def carrier(
    *accounts: Account, host: str, srtp: bool = False, tls: tuple[Path, Path] | None = None
) -> AsyncIterator[Carrier]:
    """A provider in a home of its own, on the address `host`; all of it is gone afterwards.

    `tls`: its certificate and key, as PEM files.
    """
    async with AsyncExitStack() as leaving:
        home = Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="carrier-")))
        settings = settings_for(home).model_copy(update={"sip_host": host})
        if tls is not None:
            secure = {"tls_certificate": tls[0], "tls_key": tls[1]}
            settings = settings.model_copy(update=secure)
        await migrate(settings)
        made = Carrier(settings, find_asterisk(settings), accounts, srtp=srtp)
        leaving.push_async_callback(made.stop)
        await made.start()
        yield made
