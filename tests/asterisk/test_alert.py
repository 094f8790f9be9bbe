"""What somebody hears who is told of a call for help: the words themselves, by ear."""

import asyncio
from pathlib import Path

from orchestrator.options.model import TenantOptions
from tests.asterisk.hot_desks import placed
from tests.asterisk.office import Colleague, Office, until
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


OF_A_HOT_DESK = ("beeperr", "vm-Urgent", "calling", "digits:112")


def words(said: tuple[str, ...]) -> list[Path]:
    """The files of what is said, once."""
    folder = next(CACHE.glob("asterisk/usr/share/asterisk/sounds/en*"))
    return [file for media in said for file in spoken(folder, media)]


async def guarded(office: Office) -> BaresipPhone:
    """The phone of somebody who is told of calls for help."""
    await office.emergency("112")
    guard = await office.hire("102")
    async with office.books.database.transaction(office.books.scope) as session:
        session.add(TenantOptions(emergency={"call": [guard.user_id]}))
    await until(lambda: office.plan.options.emergency.call == (guard.user_id,))
    return await office.speaker(guard, 440)


async def heard_three_times(office: Office, caller: Colleague, said: tuple[str, ...]) -> str:
    """`caller` calls 112, and who is told hears `said`; what their phone shows."""
    provider = await office.provider()
    phone = await guarded(office)
    alice = await office.desk(caller)
    far = await provider.phone.answer()
    call = await alice.call("112", talk_ms=300, ended_by="us")
    await phone.answer()
    await phone.until_idle(timeout=60)
    await call.finished()
    await far.until_sent("200 BYE")
    await far.stop()
    expected = words(said) * 3
    heard = await asyncio.to_thread(heard_in_order, phone.recording(), expected)
    assert heard == [word.stem for word in expected]
    await office.journal(2)
    return phone.received("INVITE")[0].headers["from"]


async def test_given_somebody_to_tell_when_112_is_called_then_each_word_is_heard_three_times(
    office: Office,
) -> None:
    shown = await heard_three_times(office, await office.hire("101"), SAID)
    assert shown.startswith('"112: User 101" <sip:101@')


async def test_given_a_hot_desk_of_nobody_when_it_calls_112_then_its_name_is_shown(
    office: Office,
) -> None:
    shown = await heard_three_times(office, await placed(office, "Window 3"), OF_A_HOT_DESK)
    assert shown.startswith('"112: Window 3" ')
