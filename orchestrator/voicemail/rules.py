"""Voicemail: what a box does with its messages. Pure."""

from enum import StrEnum


class MailMode(StrEnum):
    """What is mailed of a new message."""

    NONE = "none"
    NOTIFY = "notify"
    """A mail that says so, without the recording."""
    ATTACH = "attach"
    """With the recording."""
    ATTACH_AND_DELETE = "attach_and_delete"
    """With the recording, which leaves the box once the mail server has taken the mail."""


class SayTime(StrEnum):
    """Whether and how the menu says when a message came."""

    NONE = "none"
    TWELVE_HOURS = "12h"
    TWENTY_FOUR_HOURS = "24h"
