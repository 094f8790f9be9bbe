"""Shows people what callers hear in which language."""

import asyncio
from collections.abc import Callable, Collection

from orchestrator.errors import NotFound
from orchestrator.prompts.schemas import PromptSetLine, PromptSetOut, PromptSetWhole
from orchestrator.prompts.sets import (
    ENGLISH,
    OURS,
    SetLine,
    SetSource,
    catalogue,
    languages_of,
    lines_of,
)
from orchestrator.prompts.shelf import Shelf
from orchestrator.rights.rules import Right, require
from orchestrator.routing.plan import Plan
from orchestrator.schemas import Page
from orchestrator.types import Scope

_RIGHT = Right.VOICE_AND_CHAT


class PromptSetService:
    """Use cases of prompt sets. `shelf` None: the sounds are those of an Asterisk elsewhere."""

    def __init__(self, shelf: Shelf | None, plan: Callable[[], Plan]) -> None:
        self._shelf = shelf
        self._plan = plan

    async def list(self, scope: Scope) -> Page[PromptSetOut]:
        """One line for each language that there are words for, or that the tenant uses."""
        require(scope.actor, _RIGHT)
        used = self._used(scope)
        shelf = self._shelf
        if shelf is None:
            return Page(items=[], next=None)
        names = sorted(used | shelf.packs | set(OURS))
        sets = [await asyncio.to_thread(_lines, shelf, name) for name in names]
        items = [_count(name, lines, name in used) for name, lines in zip(names, sets, strict=True)]
        return Page(items=items, next=None)

    async def get(self, scope: Scope, language: str) -> PromptSetWhole:
        """The set of `language`, sound by sound. Raises NotFound for a language without any."""
        require(scope.actor, _RIGHT)
        used = self._used(scope)
        shelf = self._shelf
        if shelf is None or language not in used | shelf.packs | set(OURS):
            raise NotFound("There is no such prompt set.")
        lines = await asyncio.to_thread(_lines, shelf, language)
        english = catalogue(ENGLISH)
        present = shelf.packed(ENGLISH) | await asyncio.to_thread(shelf.spoken, ENGLISH)
        return PromptSetWhole(
            **_count(language, lines, language in used).model_dump(),
            phrases=[
                PromptSetLine(
                    name=line.name,
                    text=line.text or english.get(line.name, ""),
                    source=line.source,
                    heard_in=_heard_in(line, language, present),
                )
                for line in lines
            ],
        )

    def _used(self, scope: Scope) -> frozenset[str]:
        tenant = self._plan().tenants.get(scope.tenant)
        return languages_of([tenant] if tenant else [])


def _lines(shelf: Shelf, language: str) -> list[SetLine]:
    return lines_of(language, shelf.packed(language), shelf.spoken(language))


def _heard_in(line: SetLine, language: str, english: Collection[str]) -> str | None:
    """The language of what is heard; None: nothing, since English has no such sound either."""
    if line.source is not SetSource.MISSING:
        return language
    return ENGLISH if line.name in english else None


def _count(language: str, lines: list[SetLine], in_use: bool) -> PromptSetOut:
    counts = {source: sum(1 for line in lines if line.source is source) for source in SetSource}
    return PromptSetOut(
        language=language,
        in_use=in_use,
        pack=counts[SetSource.PACK],
        spoken=counts[SetSource.SPOKEN],
        missing=counts[SetSource.MISSING],
    )
