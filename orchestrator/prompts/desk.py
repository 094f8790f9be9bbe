"""Keeps prompts that were spoken by telephone, on behalf of whoever asked for the call."""

from pathlib import Path

from orchestrator.ari.errors import AriError
from orchestrator.ari.recordings import StoredRecordings
from orchestrator.clock import Clock
from orchestrator.db.session import Database
from orchestrator.errors import Denied, Unavailable
from orchestrator.media import MediaStore
from orchestrator.people.accounts import UserAccounts
from orchestrator.prompts.rules import PromptSource
from orchestrator.prompts.schemas import PromptContent, PromptUpload
from orchestrator.prompts.service import PromptService
from orchestrator.prompts.sounds import Sounds
from orchestrator.routing.decision import RecordPrompt
from orchestrator.signin.accounts import Actors
from orchestrator.signin.clients import ApiClientService
from orchestrator.tenants.operators import OperatorAccounts
from orchestrator.types import ActorKind, Scope


class PromptDesk:
    """The `PromptKeeper` of calls (`calls/prompt_keeper.py`), over the service of prompts."""

    def __init__(
        self, database: Database, clock: Clock, recordings: StoredRecordings, media: MediaStore
    ) -> None:
        self._database = database
        self._recordings = recordings
        self._media = media
        self._prompts = PromptService(database, Sounds(media))
        kinds: tuple[Actors, ...] = (
            OperatorAccounts(),
            UserAccounts(),
            ApiClientService(database, clock),
        )
        self._actors = {each.kind: each for each in kinds}

    async def keep(self, wanted: RecordPrompt, recording: str) -> None:
        scope = await self._present(wanted.by)
        passing = await self._media.incoming()
        try:
            await self._recordings.fetch(recording, passing)
            await self._store(scope, wanted, passing)
        except (AriError, OSError) as error:
            raise Unavailable("The recording cannot be kept.") from error
        finally:
            passing.unlink(missing_ok=True)

    async def _store(self, scope: Scope, wanted: RecordPrompt, passing: Path) -> None:
        if wanted.prompt:
            content = PromptContent(source=PromptSource.RECORDED)
            await self._prompts.replace(scope, wanted.prompt, content, passing)
        else:
            body = PromptUpload(name=wanted.name, source=PromptSource.RECORDED)
            await self._prompts.upload(scope, body, passing)

    async def _present(self, scope: Scope) -> Scope:
        """The scope with the rights that the actor has by now: a call takes minutes."""
        asked = scope.actor
        if asked.kind is ActorKind.SYSTEM:
            return scope
        async with self._database.reading() as session:
            actor = await self._actors[asked.kind].actor(session, asked.id)
        if actor is None or actor.tenant != asked.tenant:
            raise Denied("Who asked for this is gone.")
        return Scope(scope.tenant, actor)
