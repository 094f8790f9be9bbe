"""What a prompt is, and how a reference to one is told from the name of a built-in sound. Pure."""

import re
from enum import StrEnum

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class PromptSource(StrEnum):
    """How the words came in: as a file, by a phone or a browser, or typed and spoken by us."""

    UPLOADED = "uploaded"
    RECORDED = "recorded"
    SPOKEN = "spoken"


def is_prompt_id(reference: str) -> bool:
    """Whether `reference` is the id of a prompt. Anything else is the name of a built-in sound,
    which is never written like a UUID."""
    return _ID.fullmatch(reference) is not None
