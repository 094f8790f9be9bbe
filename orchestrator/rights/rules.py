"""Who may do what: the matrix of `roles.csv`, limited to the departments of a person. Pure.

    actor                     where its rights hold
    system, operator          everywhere in the tenant of the scope (the way in was checked)
    user, API client          what the roles of its grants say:
        system_admin/_owner   everywhere in the tenant, whatever department the grant names
        other roles           in the department of the grant; everywhere when it names none

A membership may switch single rights on or off (`Grant.overrides`), for its department only.
"""

import csv
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files

from orchestrator.errors import Denied
from orchestrator.types import Actor, ActorKind, Grant, Role


class Right(StrEnum):
    """Every right, `area.right` as in `roles.csv`."""

    SEE_GROUP_MEMBERS = "presence.see_group_members"
    SEE_GROUP_CALLS = "presence.see_group_calls"
    SHOW_PRESENCE_TO_GROUP = "presence.show_presence_to_group"
    SHOW_CALLS_TO_GROUP = "presence.show_calls_to_group"
    DIVERT_TRANSFER_PICKUP = "presence.divert_transfer_pickup"
    PARK_CALLS = "presence.park_calls"
    CONTROL_IVR = "presence.control_ivr"
    INTERCOM = "presence.intercom"
    BARGE_LISTEN_WHISPER = "presence.barge_listen_whisper"
    OVERRIDE_OFFICE_HOURS = "presence.override_office_hours"
    MANAGE_CHAT_TEMPLATES = "presence.manage_chat_templates"
    RECEPTIONIST_OPERATIONS = "presence.receptionist_operations"
    OPEN_ADMIN_CONSOLE = "admin.open_admin_console"
    LICENSE_INFORMATION = "admin.license_information"
    BUY = "admin.buy"
    MANAGE_USERS_SAME_DEPARTMENT = "users.manage_users_same_department"
    MANAGE_USERS_OTHER_DEPARTMENTS = "users.manage_users_other_departments"
    ELEVATE_USER = "elevate.user"
    ELEVATE_RECEPTIONIST = "elevate.receptionist"
    ELEVATE_DEPARTMENT_ADMIN = "elevate.department_admin"
    ELEVATE_MANAGER = "elevate.manager"
    ELEVATE_OWNER = "elevate.owner"
    ELEVATE_SYSTEM_ADMIN = "elevate.system_admin"
    ELEVATE_SYSTEM_OWNER = "elevate.system_owner"
    OFFICE_HOURS = "manage.office_hours"
    CALL_HANDLING = "manage.call_handling"
    VOICE_AND_CHAT = "manage.voice_and_chat"
    REPORTS_AND_RECORDINGS = "manage.reports_and_recordings"
    PHONES = "manage.phones"
    OUTBOUND_RULES = "manage.outbound_rules"
    DEPARTMENTS = "manage.departments"
    EVENT_LOG = "manage.event_log"
    BACKUP_AND_RESTORE = "manage.backup_and_restore"
    STORAGE_AND_MAINTENANCE = "manage.storage_and_maintenance"


SYSTEM_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SYSTEM_OWNER})
"""Roles that hold in the whole tenant, in departments their holder does not belong to too."""


STEERS_QUEUES = (Right.CALL_HANDLING, Right.RECEPTIONIST_OPERATIONS)
"""Who holds one of these in a department logs its agents in and out of queues, as managers of a
queue do."""

WATCHES_QUEUES = (Right.CALL_HANDLING, Right.SEE_GROUP_CALLS)
"""Who holds one of these in a department sees who waits in its queues and what agents do, as agents
and managers of a queue do."""


@cache
def matrix() -> Mapping[Role, frozenset[Right]]:
    """What each role may do, read once from `roles.csv`."""
    text = files("orchestrator.rights").joinpath("roles.csv").read_text(encoding="utf-8")
    held: dict[Role, set[Right]] = {role: set() for role in Role}
    for row in csv.DictReader(text.splitlines()):
        right = Right(f"{row['area']}.{row['right']}")
        for role in Role:
            if row[role.value] == "1":
                held[role].add(right)
    return {role: frozenset(rights) for role, rights in held.items()}


def rights_of(role: Role, overrides: Mapping[str, bool]) -> frozenset[str]:
    """The rights (`area.right`) of a membership: those of its role, with its overrides."""
    if not overrides:
        return _plain_rights(role)
    switched_on = {name for name, on in overrides.items() if on}
    return frozenset((_plain_rights(role) | switched_on) - (overrides.keys() - switched_on))


@cache
def _plain_rights(role: Role) -> frozenset[str]:
    return frozenset(right.value for right in matrix()[role])


def allowed(actor: Actor, right: Right, department: str | None = None) -> bool:
    """Whether `actor` holds `right` in `department`, or in the whole tenant when that is None."""
    reach = departments_with(actor, right)
    return reach is None or (department is not None and department in reach)


def may(actor: Actor, right: Right) -> bool:
    """Whether `actor` holds `right` anywhere at all: the question a route asks before it begins."""
    reach = departments_with(actor, right)
    return reach is None or bool(reach)


def require(actor: Actor, right: Right, department: str | None = None) -> None:
    """Raise Denied unless `actor` holds `right`: in `department`, or anywhere when that is None.

    Things without a department (trunks, DIDs, outbound rules) ask without one.
    """
    held = may(actor, right) if department is None else allowed(actor, right, department)
    if not held:
        raise Denied(f"This needs the right {right.value}.")


def departments_with(actor: Actor, right: Right) -> frozenset[str] | None:
    """Departments in which `actor` holds `right`; None means all of the tenant."""
    if actor.kind in {ActorKind.SYSTEM, ActorKind.OPERATOR}:
        return None
    reach: set[str] = set()
    for grant in actor.grants:
        if not _grants(grant, right):
            continue
        if grant.department is None or grant.role in SYSTEM_ROLES:
            return None
        reach.add(grant.department)
    return frozenset(reach)


def may_elevate(actor: Actor, role: Role, department: str | None = None) -> bool:
    """Whether `actor` may give somebody `role` in `department` (None: in any of its own)."""
    right = Right(f"elevate.{role.value}")
    return may(actor, right) if department is None else allowed(actor, right, department)


def _grants(grant: Grant, right: Right) -> bool:
    for name, on in grant.overrides:
        if name == right.value:
            return on
    return right in matrix()[grant.role]
