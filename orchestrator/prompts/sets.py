"""Prompt sets: what is said in each language, and where its words come from. Pure.

A language has the sounds of its package, and those that we have spoken by a machine because the
package, if there is one, lacks them. What it has from neither is heard in English.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from orchestrator.prompts.phrases import Phrase
from orchestrator.prompts.words import texts
from orchestrator.routing.plan import TenantPlan

ENGLISH = "en"
OURS = ("de", "en", "nl")
"""Languages that we have words of our own for."""

# Part of each digest: another value has all sounds spoken anew.
_EDITION = "1"


class SetSource(StrEnum):
    """Where the sound of a phrase comes from; `missing`: English is heard instead."""

    PACK = "pack"
    SPOKEN = "spoken"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class SetLine:
    """One sound of a set: its name, what it says in this language ("": not known), its source."""

    name: str
    text: str
    source: SetSource


def main_language(language: str) -> str:
    """`nl-BE` -> `nl`: sets are of whole languages."""
    return language[:2].lower()


def catalogue(language: str) -> dict[str, str]:
    """Name of every sound that says something -> its text in `language`, "" when we have none.

    Words of numbers come first: a set that is half made then has them already.
    """
    return {
        **texts(language),
        **{phrase.value: phrase.text(language) for phrase in Phrase if phrase.text(ENGLISH)},
    }


def to_speak(language: str, packed: Collection[str]) -> dict[str, str]:
    """Name -> text of what a machine has to say, since the package has no such sound."""
    return {name: text for name, text in catalogue(language).items() if text and name not in packed}


def digest(text: str) -> str:
    """Tells the sound of one text from that of another."""
    return sha256(f"{_EDITION}\n{text}".encode()).hexdigest()[:16]


def stale(wanted: Mapping[str, str], made: Mapping[str, str]) -> dict[str, str]:
    """What of `wanted` (name -> text) is not among `made` (name -> digest), or was another text."""
    return {name: text for name, text in wanted.items() if made.get(name) != digest(text)}


def lines_of(language: str, packed: Collection[str], spoken: Collection[str]) -> list[SetLine]:
    """The whole set, by name."""

    def source(name: str) -> SetSource:
        if name in packed:
            return SetSource.PACK
        return SetSource.SPOKEN if name in spoken else SetSource.MISSING

    return [SetLine(name, text, source(name)) for name, text in sorted(catalogue(language).items())]


def languages_of(tenants: Iterable[TenantPlan]) -> frozenset[str]:
    """The languages that callers of these tenants may be spoken to in, without their variants."""
    return frozenset(
        main_language(language)
        for tenant in tenants
        for language in (
            tenant.language,
            *(person.language for person in tenant.people.values()),
            *(line.language for line in tenant.departments.values()),
            *(line.language for line in tenant.ivrs.values()),
        )
    )
