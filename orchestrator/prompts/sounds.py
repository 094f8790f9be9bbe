"""What becomes of sounds that come in: converted, kept in the media store, ready for a table.

Shared by prompts, music, and whoever else keeps sounds of tenants.
"""

from dataclasses import dataclass
from pathlib import Path

from orchestrator.audio.conversion import Converter, NotPlayable
from orchestrator.errors import Invalid
from orchestrator.media import ORIGINAL, MediaStore
from orchestrator.prompts.speaker import Silent, Speaker
from orchestrator.types import TenantId

MAX_PROMPT_SECONDS = 600.0
MAX_TRACK_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A sound in the media store, and its length."""

    file: str
    seconds: float


class Sounds:
    """Takes files and texts, and gives sounds of the media store."""

    def __init__(
        self, media: MediaStore, converter: Converter | None = None, speaker: Speaker | None = None
    ) -> None:
        self.media = media
        self._converter = converter or Converter()
        self._speaker = speaker or Silent()

    async def take(self, tenant: TenantId, area: str, source: Path, longest: float) -> Kept:
        """Convert `source`, and keep both; `source` is gone then. Raises NotPlayable."""
        kept = await self._convert(tenant, area, source, longest)
        await self.media.keep(source, kept.file, ORIGINAL)
        return kept

    async def speak(self, tenant: TenantId, area: str, text: str, language: str) -> Kept:
        """Have `text` read aloud. Raises Invalid when there is no voice, or nothing is heard."""
        await self.require_voice(language)
        spoken = await self.media.incoming()
        try:
            await self._speaker.speak(text, language, spoken)
            return await self._convert(tenant, area, spoken, MAX_PROMPT_SECONDS)
        except NotPlayable as error:
            raise Invalid.field("body.text", "there is nothing to say in it") from error
        finally:
            spoken.unlink(missing_ok=True)

    async def require_voice(self, language: str, field: str = "body.language") -> None:
        """Raise Invalid for `field` unless there is a voice for `language`."""
        there = await self._speaker.languages()
        if language[:2].lower() not in there:
            names = ", ".join(sorted(there)) or "none"
            raise Invalid.field(field, f"there is no voice for {language}; there are: {names}")

    async def _convert(self, tenant: TenantId, area: str, source: Path, longest: float) -> Kept:
        target = await self.media.incoming()
        seconds = await self._converter.convert(source, target, longest)
        file = self.media.new(tenant, area)
        await self.media.keep(target, file)
        return Kept(file, seconds)
