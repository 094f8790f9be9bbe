"""A voicemail box as a test wants it: switched on, greeted, and read."""

import asyncio
from pathlib import Path

from orchestrator.asterisk.layout import Layout
from orchestrator.options.schemas import OptionsPatch
from orchestrator.voicemail.files import AREA
from orchestrator.voicemail.rules import Waiting
from orchestrator.voicemail.schemas import BoxPatch
from tests.asterisk.office import Colleague, Office, until, until_found
from tests.phones.baresip import BaresipPhone
from tests.tones import Sound, read_wav, sine, write_wav

OWNER, CALLER, GREETING = 440.0, 1000.0, 700.0


async def furnish(office: Office, who: Colleague, **fields: object) -> None:
    """Switch a person's box on; short messages count."""
    await set_options(office, min_seconds=1)
    patch = BoxPatch.model_validate({"enabled": True, **fields})
    boxes = office.centrale.services.boxes
    await boxes.change_of_user(office.books.scope, who.user_id, patch)
    await until(lambda: who.user_id in office.plan.mailboxes)


async def set_options(office: Office, **fields: object) -> None:
    patch = OptionsPatch.model_validate({"voicemail": fields})
    await office.centrale.services.options.update(office.books.scope, patch)

    def known() -> bool:
        options = office.plan.options.voicemail
        return all(
            getattr(options, name) == value
            for name, value in fields.items()
            if not isinstance(value, dict)
        )

    await until(known)


async def sound_in_store(office: Office, tone: float, seconds: float = 1.0) -> str:
    """A file of the media store that sounds so."""
    media = office.centrale.node.registry.ports.media
    source = await asyncio.to_thread(
        write_wav, office.folder / f"tone-{tone}.wav", sine(tone, seconds)
    )
    file = media.new(office.books.scope.tenant, AREA)
    await media.keep(source, file)
    return file


async def messages(office: Office, owner: str) -> list[Waiting]:
    box = office.plan.mailboxes[owner]
    return [*await office.centrale.node.voicemail.desk.messages(office.plan.id, box)]


async def until_messages(office: Office, owner: str, count: int) -> list[Waiting]:
    async def there() -> bool:
        return len(await messages(office, owner)) == count

    await until_found(there)
    return await messages(office, owner)


def said(office: Office, message: Waiting) -> Sound:
    return read_wav(path_of(office, message))


def path_of(office: Office, message: Waiting) -> Path:
    return office.centrale.node.registry.ports.media.path(message.file)


def notes(home: Path) -> list[Path]:
    """What callers are leaving, or have just left."""
    return sorted((home / "voicemail").glob("*.json"))


async def until_carried(office: Office) -> None:
    """Wait until nothing is under way any more."""
    await until(lambda: not notes(office.centrale.settings.home))


async def leave_message(office: Office, phone: BaresipPhone, number: str) -> None:
    """Call, skip the greeting, speak, and hang up; Asterisk has all of it then."""
    await phone.dial(number)
    await phone.until_line("ESTABLISHED", timeout=20)
    await phone.press("#")
    await until_spoken(office)
    await phone.hang_up()
    await until_recorded(office)


def recordings(home: Path, what: str = "voicemail") -> list[Path]:
    """What Asterisk records or has recorded (`voicemail`, `greeting`)."""
    return list((Layout.of(home).spool / "recording").rglob(f"{what}-*.wav"))


async def until_spoken(office: Office, what: str = "voicemail") -> None:
    """Wait until somebody is being recorded and has said something: so much that it is on
    Asterisk's disk, to which it writes two seconds at a time."""
    ari, home = office.centrale.node.ari, office.centrale.settings.home

    async def spoken() -> bool:
        long = [file for file in recordings(home, what) if read_wav(file).seconds > 1]
        return any([await ari.recording(file.stem) is not None for file in long])

    await until_found(spoken, seconds=30)


async def until_recorded(office: Office, what: str = "voicemail") -> None:
    """Wait until nobody is being recorded any more."""
    ari, home = office.centrale.node.ari, office.centrale.settings.home

    async def over() -> bool:
        return all([await ari.recording(file.stem) is None for file in recordings(home, what)])

    await until_found(over)
