"""Hot-desk phones as a test wants them: placed, logged in to, and watched."""

from orchestrator.hot_desks.schemas import HotDeskCreate
from tests.asterisk.office import Colleague, Office, until
from tests.phones.baresip import BaresipPhone
from tests.phones.phone import Account

PIN = "4711"


async def placed(office: Office, name: str = "Lobby") -> Colleague:
    """A new hot-desk phone, once calls and Asterisk know of it; its id stands for the user's."""
    body = HotDeskCreate.model_validate({"name": name, "codecs": ["ulaw", "alaw"]})
    made = await office.centrale.services.hot_desks.create(office.books.scope, body)
    await until(lambda: made.sip.username in office.plan.hot_desks)
    return Colleague(made.id, name, (Account(made.sip.username, made.sip_secret),))


def user_of(office: Office, desk: Colleague) -> str | None:
    """Who is logged in, as calls see it."""
    return office.plan.hot_desks[desk.accounts[0].username].user


async def until_used(office: Office, desk: Colleague, by: Colleague | None) -> None:
    wanted = by.user_id if by else None
    await until(lambda: user_of(office, desk) == wanted)


async def key_in(phone: BaresipPhone, number: str, *keys: str) -> None:
    """Dial a code, press the keys once it answered, and wait for the end."""
    await phone.dial(number)
    await phone.until_line("ESTABLISHED")
    for each in keys:
        await phone.press(each)
    await phone.until_idle(timeout=20)
