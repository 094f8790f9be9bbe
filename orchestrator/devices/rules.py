"""What a device can be, and how its SIP identity is made. Pure."""

import secrets
import string
from enum import StrEnum

_LETTERS = string.ascii_lowercase
_NAME = string.ascii_lowercase + "23456789"


class DeviceKind(StrEnum):
    DESK_PHONE = "desk_phone"
    DECT_HANDSET = "dect_handset"
    WEB_CLIENT = "web_client"
    APP = "app"


def new_username() -> str:
    """10 random characters, a letter first: 50 bits, and nobody can count our devices."""
    return secrets.choice(_LETTERS) + "".join(secrets.choice(_NAME) for _ in range(9))


def new_secret() -> str:
    """144 random bits, of characters that every phone's web page takes."""
    return secrets.token_urlsafe(18)
