"""Pure rules about memberships: who may give which role where, and what stays.

Promotion: giving or taking away a role needs the right to elevate to that role in that
department, so that nobody can raise themselves or pull down somebody above them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from orchestrator.errors import Denied, FieldError, Invalid
from orchestrator.rights.rules import Right, allowed, departments_with, may_elevate
from orchestrator.types import Actor, Role


class RecordCalls(StrEnum):
    """Which calls of a user are recorded from their start. `on_demand`: none, but the user may
    start and stop a recording."""

    OFF = "off"
    ALL = "all"
    EXTERNAL = "external"
    ON_DEMAND = "on_demand"


class OwnerKind(StrEnum):
    """What answers a number of the plan."""

    USER = "user"
    CONFERENCE = "conference"
    PARKING = "parking"
    RING_GROUP = "ring_group"
    QUEUE = "queue"
    IVR = "ivr"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True)
class Place:
    """One membership: a role in a department, with rights switched on or off."""

    department: str
    role: Role
    is_main: bool = False
    overrides: tuple[tuple[Right, bool], ...] = ()


def may_manage(actor: Actor, department: str) -> bool:
    """Whether `actor` manages the users of `department`."""
    return allowed(actor, Right.MANAGE_USERS_SAME_DEPARTMENT, department) or allowed(
        actor, Right.MANAGE_USERS_OTHER_DEPARTMENTS, department
    )


def outranks(actor: Actor, places: Sequence[Place]) -> bool:
    """Whether `actor` could have given all these roles, and so may change who holds them."""
    return all(may_elevate(actor, place.role, place.department) for place in places)


def merged(actor: Actor, before: Sequence[Place], wanted: Sequence[Place]) -> tuple[Place, ...]:
    """The memberships after an edit by `actor`, checked.

    Memberships in departments that the actor does not manage stay as they are, whether the
    edit names them or not. Raises `Invalid` for two of one kind, `Denied` for what the actor
    may not give or take.
    """
    _refuse_doubles(wanted)
    old = {place.department: place for place in before}
    new = {place.department: place for place in wanted}
    for department, place in old.items():
        if department not in new and not may_manage(actor, department):
            new[department] = replace(place, is_main=place.is_main and not _has_main(wanted))
    for department in sorted(old.keys() | new.keys()):
        _check_change(actor, old.get(department), new.get(department))
    if not new:
        raise Invalid.field("body.memberships", "a user needs a department")
    return _with_main(tuple(new.values()), old)


def _refuse_doubles(wanted: Sequence[Place]) -> None:
    if len({place.department for place in wanted}) < len(wanted):
        raise Invalid.field("body.memberships", "a department is named twice")
    if sum(place.is_main for place in wanted) > 1:
        raise Invalid.field("body.memberships", "only one can be main")


def _has_main(places: Sequence[Place]) -> bool:
    return any(place.is_main for place in places)


def _check_change(actor: Actor, old: Place | None, new: Place | None) -> None:
    """Refuse with `Denied` what `actor` may not do to one membership."""
    if old is not None and new is not None:
        same = old.role is new.role and dict(old.overrides) == dict(new.overrides)
        if same and (old.is_main == new.is_main or may_manage(actor, old.department)):
            return
        if same and not new.is_main:
            return
    for place in (old, new):
        if place is None:
            continue
        if not may_manage(actor, place.department):
            raise Denied("You do not manage the users of that department.")
        if not may_elevate(actor, place.role, place.department):
            raise Denied(f"You may not give or take the role {place.role.value}.")
    if new is not None:
        _check_overrides(actor, new, dict(old.overrides) if old else {})


def _check_overrides(actor: Actor, place: Place, before: Mapping[Right, bool]) -> None:
    """Nobody can give a right that they do not hold."""
    wrong = [
        FieldError(f"body.memberships.overrides.{right.value}", "you do not hold this right")
        for right, switched_on in place.overrides
        if switched_on
        and not before.get(right, False)
        and not allowed(actor, right, place.department)
    ]
    if wrong:
        raise Invalid("Rights that you do not hold cannot be given.", wrong)


def _with_main(places: tuple[Place, ...], old: Mapping[str, Place]) -> tuple[Place, ...]:
    """Exactly one main membership: the one named, else the one before, else the first."""
    if _has_main(places):
        return places
    kept = [p.department for p in places if p.department in old and old[p.department].is_main]
    main = kept[0] if kept else places[0].department
    return tuple(replace(place, is_main=place.department == main) for place in places)


def managed_departments(actor: Actor) -> frozenset[str] | None:
    """Departments whose users `actor` manages; None means all."""
    same = departments_with(actor, Right.MANAGE_USERS_SAME_DEPARTMENT)
    other = departments_with(actor, Right.MANAGE_USERS_OTHER_DEPARTMENTS)
    return None if same is None or other is None else same | other
