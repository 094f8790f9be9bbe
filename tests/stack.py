"""What tests against the real thing share: one database and one Asterisk, in one home."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestrator.asterisk.fetch import find_asterisk
from orchestrator.asterisk.runtime import EmbeddedAsterisk
from orchestrator.db.schema import migrate
from orchestrator.db.session import Database
from orchestrator.settings import Settings
from tests.phones.ports import free_tcp_port, free_udp_port
from tests.phones.wire import Address
from tests.tools import CACHE


@dataclass(frozen=True, slots=True)
class Stack:
    """A migrated database and the Asterisk that reads its views; no orchestrator yet."""

    settings: Settings
    database: Database
    asterisk: EmbeddedAsterisk

    @property
    def sip(self) -> Address:
        """Where phones send their messages."""
        return Address(self.settings.sip_host, self.asterisk.address.ports.sip)


def settings_for(home: Path) -> Settings:
    """Settings on loopback, with free ports and the shared unpacked packages."""
    return Settings(
        home=home,
        packages=CACHE,
        http_host="127.0.0.1",
        http_port=0,
        sip_host="127.0.0.1",
        sip_port=free_udp_port(),
        asterisk_http_port=free_tcp_port(),
        speak_prompts=False,
        multicast_source="127.0.0.1",
    )


@asynccontextmanager
async def running_stack() -> AsyncIterator[Stack]:
    """Start database and Asterisk in a home of their own; all of it is gone afterwards."""
    async with AsyncExitStack() as leaving:
        # The path of Asterisk's control socket must stay short: no folder of pytest's.
        home = Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="centrale-")))
        settings = settings_for(home)
        await migrate(settings)
        database = Database(settings.database)
        leaving.push_async_callback(database.close)
        asterisk = EmbeddedAsterisk(settings, find_asterisk(settings))
        leaving.push_async_callback(asterisk.stop)
        await asterisk.start()
        yield Stack(settings, database, asterisk)
