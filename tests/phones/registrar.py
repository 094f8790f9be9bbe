"""A trunk provider with accounts: we register there, and it calls us where we registered."""

import hashlib
import re
from pathlib import Path
from typing import Self

from tests.phones.phone import Account, SippPhone
from tests.phones.sipp import SippRun
from tests.phones.wire import Address, Message, OnTheWire

# SIPp remembers the Call-ID of what is over and swallows what comes with it again; but
# registrations keep theirs for as long as they last.
_FORGETFUL = ("-deadcall_wait", "0")


class RegistrarPhone(SippPhone):
    """The provider at which `known` is the only account. Use as `async with`: it serves.

    It challenges every REGISTER and every INVITE and refuses wrong credentials with 403. Its
    own calls go to the contact that was registered, by whatever number. A `proxy` challenges
    INVITEs with 407; SIPp cannot check the answer to that, so ask `proves`.
    """

    def __init__(
        self, server: Address, folder: Path, known: Account, *, host: str, proxy: bool = False
    ) -> None:
        super().__init__(server, folder, name="registrar", host=host)
        self.known = known
        self.proxy = proxy

    async def __aenter__(self) -> Self:
        self.serving: SippRun = await self._start(
            "account",
            {
                "username": self.known.username,
                "password": self.known.password,
                "proxy": int(self.proxy),
            },
            port=self.address.port,
            calls=0,
            options=_FORGETFUL,
        )
        return self

    @property
    def contact(self) -> str:
        """The SIP address at which the other side wants to be called; fails without one."""
        return contact_of(accepted(self.serving)[-1])

    def _uri(self, number: str) -> str:
        """`number` where the contact is, as providers call: all of it but the user stays."""
        return re.sub(r"sip:[^@]*@", f"sip:{number}@", self.contact)


def proves(header: str, method: str, account: Account) -> bool:
    """Whether an Authorization or Proxy-Authorization without qop is by `account` (RFC 2617)."""
    said: dict[str, str] = dict(re.findall(r'(\w+)="?([^",]*)', header))
    who = _md5(f"{account.username}:{said['realm']}:{account.password}")
    what = _md5(f"{method}:{said['uri']}")
    return said["response"] == _md5(f"{who}:{said['nonce']}:{what}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def accepted(wire: OnTheWire) -> list[Message]:
    """The REGISTERs that the provider answered with 200, as those answers repeat them."""
    return wire.sent("200 REGISTER")


def contact_of(message: Message) -> str:
    """The address in Contact."""
    found = re.search(r"<([^>]*)>", message.headers["contact"])
    assert found is not None, message.headers
    return found.group(1)
