"""Prompt sets: which sounds a language lacks, and the files that are made of them."""

import asyncio
from pathlib import Path

import pytest

from orchestrator.errors import Unavailable
from orchestrator.prompts.phrases import Phrase
from orchestrator.prompts.sets import SetSource, digest, lines_of, stale, to_speak
from orchestrator.prompts.shelf import Shelf
from orchestrator.promptsets import SetMaker
from orchestrator.routing.plan import Plan, TenantPlan
from orchestrator.types import TenantId
from tests.sounds import wav

MENU, GOODBYE = Phrase.BOX_MENU.value, Phrase.GOODBYE.value


def packed_all_but(*lacking: str, language: str = "en") -> frozenset[str]:
    return frozenset(to_speak(language, ())) - set(lacking)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """English has a package with all but two sounds; Dutch has none."""
    pack = tmp_path / "pack"
    for name in packed_all_but(MENU, GOODBYE):
        file = pack / f"{name}.wav"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return Shelf(tmp_path / "own", tmp_path / "sounds", {"en": pack})


class Voice:
    """Speaks English and Dutch; `mute` texts take too long."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.mute: set[str] = set()

    async def languages(self) -> frozenset[str]:
        return frozenset({"en", "nl"})

    async def speak(self, text: str, language: str, target: Path) -> None:
        if text in self.mute:
            raise Unavailable("The text was not read in time.")
        self.said.append((language, text))
        await asyncio.to_thread(target.write_bytes, wav(440, 0.3))


def test_a_machine_speaks_what_the_package_lacks_and_no_tones() -> None:
    assert to_speak("en", packed_all_but(MENU)) == {MENU: Phrase.BOX_MENU.text("en")}
    dutch = to_speak("nl", ())
    assert dutch[GOODBYE] == "Tot ziens!"
    assert dutch["digits/25"] == "25"
    assert Phrase.BEEP.value not in dutch
    assert to_speak("fr", ()) == {}


@pytest.mark.parametrize(
    ("name", "there"),
    [
        pytest.param(Phrase.SORRY.value, True, id="of-the-package"),
        pytest.param(MENU, True, id="still-to-be-spoken"),
        pytest.param("custom/closed", True, id="of-the-host"),
        pytest.param("jingle", True, id="of-no-language"),
        pytest.param("custom/close", False, id="the-begin-of-a-name"),
        pytest.param("nowhere/closed", False, id="no-such-folder"),
    ],
)
def test_a_sound_is_there_when_asterisk_can_play_it(
    shelf: Shelf, tmp_path: Path, name: str, there: bool
) -> None:
    for file in ("nl/custom/closed.gsm", "jingle.wav"):
        (tmp_path / "sounds" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sounds" / file).touch()
    assert shelf.has(name) is there


def test_another_text_makes_a_sound_stale() -> None:
    wanted = {"a": "one", "b": "two", "c": "three"}
    assert stale(wanted, {"a": digest("one"), "b": digest("zwei")}) == {"b": "two", "c": "three"}


def test_each_line_says_where_its_sound_comes_from() -> None:
    lines = {line.name: line for line in lines_of("fr", {GOODBYE}, {MENU})}
    assert lines[GOODBYE].source is SetSource.PACK
    assert lines[MENU].source is SetSource.SPOKEN
    assert lines[Phrase.SORRY.value].source is SetSource.MISSING
    assert lines[Phrase.SORRY.value].text == ""


async def test_what_is_lacking_is_spoken_once(shelf: Shelf, tmp_path: Path) -> None:
    voice = Voice()
    maker = SetMaker(shelf, voice, Plan)
    assert await maker.make("en") == 0
    assert sorted(text for _, text in voice.said) == sorted(
        (Phrase.BOX_MENU.text("en"), Phrase.GOODBYE.text("en"))
    )
    made = tmp_path / "sounds/en" / f"{MENU}.wav"
    assert made.resolve() == tmp_path / "own/en" / f"{MENU}.wav"
    assert made.read_bytes()[:4] == b"RIFF"
    assert shelf.spoken("en") == {MENU, GOODBYE}
    assert await maker.make("en") == 0
    assert len(voice.said) == 2
    # Nothing half made is left.
    assert not list((tmp_path / "own/en").glob(".draft*"))


async def test_a_sound_of_another_text_or_that_is_lost_is_made_anew(
    shelf: Shelf, tmp_path: Path
) -> None:
    draft = shelf.draft("en")
    draft.write_bytes(b"old")
    shelf.keep("en", MENU, "What it said before.", draft)
    voice = Voice()
    await SetMaker(shelf, voice, Plan).make("en")
    assert (tmp_path / "sounds/en" / f"{MENU}.wav").read_bytes() != b"old"
    (tmp_path / "own/en" / f"{GOODBYE}.wav").unlink()
    assert set(shelf.to_make("en")) == {GOODBYE}


async def test_what_cannot_be_spoken_is_left_for_later(shelf: Shelf) -> None:
    voice = Voice()
    voice.mute = {Phrase.GOODBYE.text("en")}
    assert await SetMaker(shelf, voice, Plan).make("en") == 1
    assert set(shelf.to_make("en")) == {GOODBYE}


async def test_a_language_without_voice_asks_nothing_of_the_speaker(shelf: Shelf) -> None:
    voice = Voice()
    assert await SetMaker(shelf, voice, Plan).make("de") == 0
    assert voice.said == []


def test_a_broken_manifest_is_none(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "own/en").mkdir(parents=True)
    (tmp_path / "own/en/manifest.json").write_text("{")
    assert set(shelf.to_make("en")) == {MENU, GOODBYE}


async def test_sets_are_made_for_the_languages_in_use(shelf: Shelf, tmp_path: Path) -> None:
    """A plan that comes to use Dutch has Dutch spoken; the whole set takes some time."""
    keep = packed_all_but(GOODBYE, language="nl")
    for name in keep:
        file = tmp_path / "dutch" / f"{name}.wav"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    both = Shelf(
        tmp_path / "own", tmp_path / "sounds", {"en": tmp_path / "pack", "nl": tmp_path / "dutch"}
    )
    plan = Plan()
    voice = Voice()
    maker = SetMaker(both, voice, lambda: plan)
    task = asyncio.create_task(maker.run())
    try:
        async with asyncio.timeout(20):
            while len(both.spoken("en")) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            assert both.spoken("nl") == frozenset()
            tenant = TenantPlan(TenantId("t"), "acme", "Acme", "nl-BE", "NL", False, 0)
            plan = Plan({tenant.id: tenant})
            maker.plans_changed([tenant.id])
            while not both.spoken("nl"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert ("nl", Phrase.GOODBYE.text("nl")) in voice.said
