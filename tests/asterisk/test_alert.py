"""What somebody hears who is told of a call for help: the words themselves, by ear."""

import asyncio
from pathlib import Path

from orchestrator.options.model import TenantOptions
from tests.asterisk.office import Office, until
from tests.phones.baresip import BaresipPhone
from tests.tools import CACHE
from tests.words import heard_in_order, spoken

SAID = (
    "beeperr",
    "vm-Urgent",
    "followme/call-from",
    "vm-extension",
    "digits:101",
    "calling",
    "digits:112",
)


def words() -> list[Path]:
    """The files of what is said, once."""
    folder = next(CACHE.glob("asterisk/usr/share/asterisk/sounds/en*"))
    return [file for media in SAID for file in spoken(folder, media)]


async def test_given_somebody_to_tell_when_112_is_called_then_each_word_is_heard_three_times(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.emergency("112")
    guard = await office.hire("102")
    async with office.books.database.transaction(office.books.scope) as session:
        session.add(TenantOptions(emergency={"call": [guard.user_id]}))
    await until(lambda: office.plan.options.emergency.call == (guard.user_id,))
    phone: BaresipPhone = await office.speaker(guard, 440)
    alice = await office.desk(await office.hire("101"))
    far = await provider.phone.answer()
    call = await alice.call("112", talk_ms=300, ended_by="us")
    await phone.answer()
    await phone.until_idle(timeout=60)
    await call.finished()
    await far.until_sent("200 BYE")
    await far.stop()
    expected = words() * 3
    heard = await asyncio.to_thread(heard_in_order, phone.recording(), expected)
    assert heard == [word.stem for word in expected]
    await office.journal(2)
