"""Greetings and spoken names that come over the API: as files, or typed and read aloud.

By telephone they are recorded in the menu of the box (`verbs/mailbox_options.py`).
"""

from pathlib import Path

from orchestrator.db.session import Database
from orchestrator.forwarding.rules import Status
from orchestrator.prompts.sounds import Sounds
from orchestrator.tenants.lookup import language_of
from orchestrator.types import Scope
from orchestrator.voicemail.boxes import BoxService
from orchestrator.voicemail.files import AREA
from orchestrator.voicemail.schemas import BoxOut, SpokenText

LONGEST_GREETING = 120.0
LONGEST_NAME = 10.0
"""Seconds."""


class GreetingService:
    """Use cases of greetings; whose they are is decided as for boxes (`voicemail/boxes.py`).

    Converting takes a while, so it is asked first whether the actor may at all.
    """

    def __init__(self, database: Database, boxes: BoxService, sounds: Sounds) -> None:
        self._database = database
        self._boxes = boxes
        self._sounds = sounds

    async def bring(self, scope: Scope, owner: str, status: Status | None, source: Path) -> BoxOut:
        """Make the file `source` the greeting for `status`. Raises NotPlayable."""
        await self._boxes.require(scope, owner)
        kept = await self._sounds.take(scope.tenant, AREA, source, LONGEST_GREETING)
        return await self._boxes.set_greeting(scope, owner, status, (kept.file, kept.seconds))

    async def speak(
        self, scope: Scope, owner: str, status: Status | None, body: SpokenText
    ) -> BoxOut:
        """Have a text read aloud as the greeting for `status`."""
        await self._boxes.require(scope, owner)
        language = await self._language(scope, body)
        kept = await self._sounds.speak(scope.tenant, AREA, body.text, language)
        sound = (kept.file, kept.seconds)
        return await self._boxes.set_greeting(scope, owner, status, sound, body.text)

    async def bring_name(self, scope: Scope, owner: str, source: Path) -> None:
        """Make the file `source` the spoken name of the owner. Raises NotPlayable."""
        await self._boxes.require(scope, owner)
        kept = await self._sounds.take(scope.tenant, AREA, source, LONGEST_NAME)
        await self._boxes.set_self_id(scope, owner, kept.file)

    async def speak_name(self, scope: Scope, owner: str, body: SpokenText) -> None:
        """Have a name read aloud as that of the owner."""
        await self._boxes.require(scope, owner)
        language = await self._language(scope, body)
        kept = await self._sounds.speak(scope.tenant, AREA, body.text, language)
        await self._boxes.set_self_id(scope, owner, kept.file)

    async def _language(self, scope: Scope, body: SpokenText) -> str:
        if body.language is not None:
            return body.language
        async with self._database.reading() as session:
            return await language_of(session, scope)
