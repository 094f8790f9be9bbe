"""Tells bodies of the API which sounds there are, so that a misspelt name is an error there and no
silence for callers later."""

from orchestrator.prompts.rules import is_prompt_id
from orchestrator.prompts.shelf import Shelf
from orchestrator.schemas import SoundContext


def known_sounds(shelf: Shelf | None) -> SoundContext | None:
    """The context to validate bodies with. None: the sounds are those of an Asterisk elsewhere, and
    any name may be one. Whether a tenant has a prompt is for its service to find out."""
    if shelf is None:
        return None
    return SoundContext(is_sound=lambda name: is_prompt_id(name) or shelf.has(name))
