"""Prompts of a tenant: brought as files, recorded, or typed and read aloud."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.base import utc_now
from orchestrator.db.errors import Taken
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import count_in, get_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.errors import FieldError, InUse, NotFound
from orchestrator.hours.lookup import hours_playing
from orchestrator.ivr.lookup import ivrs_playing
from orchestrator.media import ORIGINAL, SOUND
from orchestrator.prompts.model import Prompt
from orchestrator.prompts.rules import PromptSource
from orchestrator.prompts.schemas import (
    PromptContent,
    PromptOut,
    PromptPatch,
    PromptQuery,
    PromptSpeak,
    PromptText,
    PromptUpload,
)
from orchestrator.prompts.sounds import MAX_PROMPT_SECONDS, Kept, Sounds
from orchestrator.queues.lookup import queues_playing
from orchestrator.rights.rules import Right, require
from orchestrator.ring_groups.lookup import ring_groups_playing
from orchestrator.schemas import Page
from orchestrator.tenants.lookup import language_of, require_room
from orchestrator.types import Scope

AREA = "prompts"
MAX_PROMPTS = 500
"""Prompts of one tenant at most."""

_KEYS = {"name": Prompt.name, "created_at": Prompt.created_at}
_RIGHT = Right.VOICE_AND_CHAT
_MOST_NAMED = 20


class PromptService:
    """Use cases of prompts.

    New words get a new file; the old one is deleted by the sweep (`sweep.py`) after a day, since it
    may be playing.
    """

    def __init__(self, database: Database, sounds: Sounds) -> None:
        self._database = database
        self._sounds = sounds

    async def list(self, scope: Scope, query: PromptQuery) -> Page[PromptOut]:
        require(scope.actor, _RIGHT)
        statement = select_in(scope, Prompt)
        if query.search:
            statement = statement.where(Prompt.name.icontains(query.search, autoescape=True))
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=Prompt.id
            )
            items = [await _show(session, scope, row) for row in rows]
            return Page(items=items, next=following)

    async def get(self, scope: Scope, id: str) -> PromptOut:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            return await _show(session, scope, await get_in(session, scope, Prompt, id))

    async def upload(self, scope: Scope, body: PromptUpload, source: Path) -> PromptOut:
        """A new prompt of the file `source`, which is converted and kept. Raises NotPlayable."""
        require(scope.actor, _RIGHT)
        await self._require_room(scope)
        kept = await self._sounds.take(scope.tenant, AREA, source, MAX_PROMPT_SECONDS)
        row = Prompt(name=body.name, source=PromptSource(body.source), original=kept.file)
        return await self._add(scope, row, kept)

    async def speak(self, scope: Scope, body: PromptSpeak) -> PromptOut:
        """A new prompt of a text. Raises Invalid when there is no voice for its language."""
        require(scope.actor, _RIGHT)
        await self._require_room(scope)
        language = await self._language(scope, body.language)
        kept = await self._sounds.speak(scope.tenant, AREA, body.text, language)
        row = Prompt(name=body.name, source=PromptSource.SPOKEN, text=body.text, language=language)
        return await self._add(scope, row, kept)

    async def replace(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        body: PromptContent,
        source: Path,
        version: int | None = None,
    ) -> PromptOut:
        """New words from a file; who hears the old ones hears them to their end."""
        require(scope.actor, _RIGHT)
        await self._require_present(scope, id, version)
        kept = await self._sounds.take(scope.tenant, AREA, source, MAX_PROMPT_SECONDS)
        fields = {"source": PromptSource(body.source), "original": kept.file}
        return await self._change(scope, id, version, kept, fields)

    async def respeak(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        body: PromptText,
        version: int | None = None,
    ) -> PromptOut:
        """New words from a text."""
        require(scope.actor, _RIGHT)
        await self._require_present(scope, id, version)
        language = await self._language(scope, body.language)
        kept = await self._sounds.speak(scope.tenant, AREA, body.text, language)
        fields = {"source": PromptSource.SPOKEN, "text": body.text, "language": language}
        return await self._change(scope, id, version, kept, fields)

    async def recordable(self, scope: Scope, id: str) -> str:  # noqa: A002
        """The name of a prompt that is about to be spoken by telephone."""
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            return (await get_in(session, scope, Prompt, id)).name

    async def require_new(self, scope: Scope, name: str) -> None:
        """Say no to a new prompt before anybody speaks it, not after."""
        require(scope.actor, _RIGHT)
        await self._require_room(scope)
        async with self._database.reading() as session:
            if await session.scalar(count_in(scope, Prompt).where(Prompt.name == name)):
                raise Taken([FieldError("name", "is taken already")])

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: PromptPatch,
        version: int | None = None,
    ) -> PromptOut:
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, Prompt, id)
            require_version(row, version)
            for name, value in patch.changes().items():
                setattr(row, name, value)
            await session.flush()
            return await _show(session, scope, row)

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        """Delete it; refused, with what plays it, while anything does."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, Prompt, id)
            require_version(row, version)
            used_by = await playing(session, scope, row.id)
            if used_by:
                raise InUse(f"{row.name} is still played.", used_by[:_MOST_NAMED])
            await session.delete(row)

    async def file(self, scope: Scope, id: str, *, original: bool) -> tuple[Path, str]:  # noqa: A002
        """Where the sound lies, as it is played or as it came in, and its name for people."""
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            row = await get_in(session, scope, Prompt, id)
        file, ending = (row.original, ORIGINAL) if original else (row.file, SOUND)
        if file is None or not await self._sounds.media.exists(file, ending):
            raise NotFound("There is no such file.")
        return self._sounds.media.path(file, ending), row.name

    # ------------------------------------------------------------------------------------------

    async def _require_room(self, scope: Scope) -> None:
        async with self._database.reading() as session:
            present = await session.scalar(count_in(scope, Prompt)) or 0
        require_room(MAX_PROMPTS, present, "prompts")

    async def _require_present(self, scope: Scope, id: str, version: int | None) -> None:  # noqa: A002
        """Say no before the work of converting, not after."""
        async with self._database.reading() as session:
            require_version(await get_in(session, scope, Prompt, id), version)

    async def _language(self, scope: Scope, given: str | None) -> str:
        if given is not None:
            return given
        async with self._database.reading() as session:
            return await language_of(session, scope)

    async def _add(self, scope: Scope, row: Prompt, kept: Kept) -> PromptOut:
        async with self._database.transaction(scope) as session:
            present = await session.scalar(count_in(scope, Prompt)) or 0
            require_room(MAX_PROMPTS, present, "prompts")
            row.tenant_id, row.file, row.seconds = scope.tenant, kept.file, kept.seconds
            session.add(row)
            await session.flush()
            return await _show(session, scope, row)

    async def _change(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        version: int | None,
        kept: Kept,
        fields: Mapping[str, object],
    ) -> PromptOut:
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, Prompt, id)
            require_version(row, version)
            row.file, row.seconds, row.updated_at = kept.file, kept.seconds, utc_now()
            for name in ("source", "original", "text", "language"):
                setattr(row, name, fields.get(name))
            await session.flush()
            return await _show(session, scope, row)


async def playing(session: AsyncSession, scope: Scope, prompt: str) -> list[str]:
    """Readable names of everything that plays `prompt`."""
    found = [
        *await hours_playing(session, scope, prompt),
        *await ivrs_playing(session, scope, prompt),
        *await ring_groups_playing(session, scope, prompt),
        *await queues_playing(session, scope, prompt),
    ]
    return list(dict.fromkeys(found))


async def _show(session: AsyncSession, scope: Scope, row: Prompt) -> PromptOut:
    return PromptOut(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        name=row.name,
        source=row.source,
        text=row.text,
        language=row.language,
        seconds=row.seconds,
        used_by=await playing(session, scope, row.id),
    )
