"""Words that every part of the product shares. Pure: imports nothing of ours."""

import secrets
import time
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

TenantId = NewType("TenantId", str)


def new_id() -> str:
    """A new UUID version 7 (RFC 9562 §5.7): sorts by time of creation, 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


class Role(StrEnum):
    """The seven roles of a user, weakest first; `rights/roles.csv` says what each may do."""

    USER = "user"
    RECEPTIONIST = "receptionist"
    DEPARTMENT_ADMIN = "department_admin"
    MANAGER = "manager"
    OWNER = "owner"
    SYSTEM_ADMIN = "system_admin"
    SYSTEM_OWNER = "system_owner"


class DestinationKind(StrEnum):
    """What a call can go to next, and what `ref` then holds.

    user          id of the user; its status and forwarding decide
    extension     a number of the tenant's plan, whatever it belongs to
    conference    id of the conference room
    parking       id of the shared parking place: the call waits there
    ring_group    id of the ring group
    queue         id of the queue
    ivr           id of the IVR
    department    id of the department: its menu decides by its hours
    voicemail     id of the user or ring group whose box takes a message
    dial_by_name  empty: the caller spells a name on the keypad
    mobile        id of the user whose mobile is called, with his rights
    external      a number of the outside world
    rebound       a number of the outside world, where somebody must accept the call by a key
    busy          empty: the caller hears busy
    end_call      empty: the call is ended
    """

    USER = "user"
    EXTENSION = "extension"
    CONFERENCE = "conference"
    PARKING = "parking"
    RING_GROUP = "ring_group"
    QUEUE = "queue"
    IVR = "ivr"
    DEPARTMENT = "department"
    VOICEMAIL = "voicemail"
    DIAL_BY_NAME = "dial_by_name"
    MOBILE = "mobile"
    EXTERNAL = "external"
    REBOUND = "rebound"
    BUSY = "busy"
    END_CALL = "end_call"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a call goes next; `DestinationKind` says what `ref` holds."""

    kind: DestinationKind
    ref: str = ""


StoredDestination = dict[str, str]
"""A destination in a JSON column: `{"kind": "user", "ref": "..."}`."""


class ActorKind(StrEnum):
    OPERATOR = "operator"
    USER = "user"
    API_CLIENT = "api_client"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held in one department, or everywhere in the tenant when `department` is None.

    `overrides` are rights switched on or off for this membership alone, by `area.right`.
    """

    role: Role
    department: str | None = None
    overrides: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something. Made by sign-in; `SYSTEM_ACTOR` is the product itself.

    `tenant` is the tenant the actor belongs to. An operator holds every right in that tenant
    and in all tenants below it; users and API clients hold what their `grants` say, in their
    own tenant only.
    """

    kind: ActorKind
    id: str
    name: str
    tenant: TenantId | None
    grants: tuple[Grant, ...] = ()


SYSTEM_ACTOR = Actor(ActorKind.SYSTEM, "system", "Centrale", None)


@dataclass(frozen=True, slots=True)
class Scope:
    """The first argument of every service method: in which tenant, by whom.

    A `Scope` is made only where the actor's way into the tenant was checked
    (`web/auth.py`), or by the product itself; holding one is the proof of that check.
    """

    tenant: TenantId
    actor: Actor
