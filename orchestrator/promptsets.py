"""Has the prompt sets spoken that no package has, in the background, while calls go on.

One sound at a time, by children of low priority, and each only once: what was made stays in the
run-time folder. Until a sound is there its English one is heard.
"""

import asyncio
from collections.abc import Callable, Collection

import structlog

from orchestrator.asterisk.runtime import EmbeddedAsterisk
from orchestrator.audio.conversion import Converter, NotPlayable
from orchestrator.errors import Misconfigured, Unavailable
from orchestrator.prompts.sets import ENGLISH, languages_of
from orchestrator.prompts.shelf import Shelf
from orchestrator.prompts.speaker import Speaker
from orchestrator.routing.plan import Plan
from orchestrator.settings import Settings
from orchestrator.types import TenantId

log = structlog.get_logger(__name__)

RETRY_SECONDS = 600.0
LONGEST = 60.0
"""Seconds that one phrase may last."""


class SetMaker:
    """`run()` makes the sets of the languages in use, and looks again when the plan changes."""

    def __init__(self, shelf: Shelf, speaker: Speaker, plan: Callable[[], Plan]) -> None:
        self.shelf = shelf
        self._speaker = speaker
        self._plan = plan
        self._converter = Converter()
        self._changed = asyncio.Event()
        self._seen: frozenset[str] = frozenset()
        self._told: set[str] = set()

    def plans_changed(self, tenants: Collection[TenantId]) -> None:
        """Some tenants have a new plan; returns at once."""
        self._changed.set()

    async def run(self) -> None:
        while True:
            self._changed.clear()
            languages = languages_of(self._plan().tenants.values()) | {ENGLISH}
            if languages != self._seen and await self._make_all(languages):
                self._seen = languages
            try:
                async with asyncio.timeout(None if languages == self._seen else RETRY_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def make(self, language: str) -> int:
        """Speak what the set of `language` lacks; how many sounds could not be made.

        Raises Misconfigured when nothing can be spoken here, OSError when nothing can be kept.
        """
        wanted = await asyncio.to_thread(self.shelf.to_make, language)
        if wanted and language not in await self._speaker.languages():
            return 0
        failed = 0
        for name, text in wanted.items():
            try:
                await self._make_one(language, name, text)
            except (NotPlayable, Unavailable) as error:
                failed += 1
                log.warning("prompt-not-spoken", language=language, name=name, error=error.message)
        if wanted:
            log.info("prompts-spoken", language=language, count=len(wanted) - failed)
        return failed

    async def _make_all(self, languages: Collection[str]) -> bool:
        """All sets, English first; False when something is to be tried again."""
        whole = True
        for language in sorted(languages, key=lambda each: (each != ENGLISH, each)):
            try:
                whole &= await self.make(language) == 0
            except (Misconfigured, OSError) as error:
                log.warning("prompt-set-not-made", language=language, error=str(error))
                whole = False
            await self._tell(language)
        return whole

    async def _make_one(self, language: str, name: str, text: str) -> None:
        draft = await asyncio.to_thread(self.shelf.draft, language)
        raw = draft.with_suffix(".raw")
        try:
            await self._speaker.speak(text, language, raw)
            await self._converter.convert(raw, draft, LONGEST)
            await asyncio.to_thread(self.shelf.keep, language, name, text, draft)
        finally:
            raw.unlink(missing_ok=True)
            draft.unlink(missing_ok=True)

    async def _tell(self, language: str) -> None:
        """Say once of a language in use that its callers hear English."""
        if language in self.shelf.packs or language in self._told:
            return
        if not await asyncio.to_thread(self.shelf.spoken, language):
            self._told.add(language)
            log.warning("language-heard-in-english", language=language)


def set_maker(
    settings: Settings,
    asterisk: EmbeddedAsterisk | None,
    speaker: Speaker,
    plan: Callable[[], Plan],
) -> SetMaker | None:
    """The maker for our own Asterisk; None: its sounds are elsewhere, and not ours to add to."""
    if asterisk is None:
        return None
    sounds = asterisk.layout.data / "sounds"
    return SetMaker(Shelf(settings.home / "prompts", sounds, asterisk.packs), speaker, plan)
