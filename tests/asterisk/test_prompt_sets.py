"""Languages by ear: what a machine spoke is heard, and English where a language has nothing."""

import asyncio
from pathlib import Path

from orchestrator.asterisk.espeak import Espeak
from orchestrator.prompts.phrases import Phrase
from orchestrator.prompts.sets import to_speak
from orchestrator.prompts.shelf import Shelf
from orchestrator.promptsets import SetMaker
from orchestrator.routing.plan import Plan
from tests.asterisk.office import Office, until_found
from tests.asterisk.test_ivr import Reception, reception
from tests.tools import CACHE
from tests.words import heard_in_order

__all__ = ["reception"]

NUMBER = "800"
MADE, LACKING = Phrase.INVALID_OPTION.value, Phrase.NOT_UNDERSTOOD.value


def english() -> Path:
    return next(CACHE.glob("asterisk/usr/share/asterisk/sounds/en*"))


class SomeDutch(Shelf):
    """A shelf that wants one Dutch sound: the whole set takes minutes."""

    def to_make(self, language: str) -> dict[str, str]:
        return {MADE: to_speak(language, ())[MADE]}


async def spoken(office: Office) -> Path:
    """The Dutch sound, made as the product makes it; its file."""
    settings, embedded = office.centrale.settings, office.centrale.node.embedded
    assert embedded is not None
    shelf = SomeDutch(settings.home / "prompts", embedded.layout.data / "sounds", embedded.packs)
    assert await SetMaker(shelf, Espeak(settings), Plan).make("nl") == 0
    return settings.home / "prompts/nl" / f"{MADE}.wav"


async def is_heard(
    office: Office, reception: Reception, prompt: str, language: str, file: Path
) -> None:
    """Somebody who calls an IVR of that language hears `file` for `prompt`."""
    await reception.ivr(NUMBER, prompt, language=language, wait_seconds=1, rounds=1)
    caller = await office.speaker(await office.hire("101"), 440)
    await caller.dial(NUMBER)

    async def found() -> bool:
        heard = await asyncio.to_thread(heard_in_order, caller.recording(), [file])
        return heard == [file.stem]

    await until_found(found)
    await caller.hang_up()
    await caller.until_idle()
    await office.journal()


async def test_given_a_spoken_sound_then_callers_hear_it(
    office: Office, reception: Reception
) -> None:
    file = await spoken(office)
    await is_heard(office, reception, MADE, "nl", file)


async def test_given_a_set_without_a_sound_then_it_is_heard_in_english(
    office: Office, reception: Reception
) -> None:
    await spoken(office)
    await is_heard(office, reception, LACKING, "nl", english() / f"{LACKING}.wav")


async def test_given_a_language_without_any_set_then_english_is_heard(
    office: Office, reception: Reception
) -> None:
    await is_heard(office, reception, MADE, "xx", english() / f"{MADE}.wav")
