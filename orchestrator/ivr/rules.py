"""What an IVR does with what a caller keys in. Pure."""

from enum import StrEnum


class KeyAction(StrEnum):
    """What a key or an input string does."""

    GO = "go"
    """Go to the destination of the key."""
    REPEAT = "repeat"
    """Play the prompt again, and wait again."""
    INPUT = "input"
    """Play the key's own prompt, and wait for an input string that begins with the key."""
