"""Prompts that are spoken by telephone, as calls see them; `prompts/desk.py` keeps them."""

from typing import Protocol

from orchestrator.errors import Unavailable
from orchestrator.routing.decision import RecordPrompt


def recording_of(call: str) -> str:
    """The name in Asterisk of what is spoken in `call`: one at a time, and never kept there."""
    return f"prompt-{call}"


class PromptKeeper(Protocol):
    """Keeps what was spoken."""

    async def keep(self, wanted: RecordPrompt, recording: str) -> None:
        """Make `recording` (a finished one of Asterisk) the words of the prompt.

        Raises a CentraleError when it cannot be done: the right or the prompt is gone, the name is
        taken, nothing is heard. Takes as long as the database and the conversion take.
        """


class NoPrompts:
    """For a node that keeps none."""

    async def keep(self, wanted: RecordPrompt, recording: str) -> None:
        raise Unavailable("No prompts are kept here.")
