"""Makes the IVRs, ring groups, queues and voicemail boxes of a tenant's plan from their rows."""

from collections.abc import Iterator, Mapping

from orchestrator.hours.rules import HoursState
from orchestrator.hours.stored import COLUMNS
from orchestrator.hours.weeks import destination_of
from orchestrator.routing.plan import (
    AgentLine,
    DepartmentLine,
    HoursRouteLine,
    IvrKeyLine,
    IvrLine,
    MailboxLine,
    Person,
    PlaylistLine,
    QueueLine,
    RingGroupLine,
)
from orchestrator.routing.projected_people import rows_by
from orchestrator.routing.tables import Columns, Tables, TenantRow


def ivrs_of(
    tables: Tables,
    tenant: TenantRow,
    numbers: Mapping[str, str],
    departments: Mapping[str, DepartmentLine],
) -> Iterator[tuple[str, IvrLine]]:
    """IVRs by id."""
    keys = rows_by(tables.ivr_keys.get(tenant.id, ()), "ivr_id")
    for row in tables.ivrs.get(tenant.id, ()):
        department = departments.get(row.department_id)
        yield (
            row.id,
            IvrLine(
                id=row.id,
                number=numbers.get(row.id, ""),
                name=row.name,
                department=row.department_id,
                language=row.language or (department.language if department else tenant.language),
                prompt=row.prompt,
                wait_seconds=row.wait_seconds,
                rounds=row.rounds,
                direct_dial=row.direct_dial,
                keys={key.keys: _key(key) for key in keys.get(row.id, ())},
                no_input=destination_of(row.no_input),
                invalid_input=destination_of(row.invalid_input),
                routes=_own_routes(row),
            ),
        )


def _key(row: Columns) -> IvrKeyLine:
    return IvrKeyLine(row.keys, row.action, destination_of(row.destination), row.prompt)


def _own_routes(row: Columns) -> dict[HoursState, HoursRouteLine]:
    found: dict[HoursState, HoursRouteLine] = {}
    for state, column in COLUMNS.items():
        stored = getattr(row, column)
        destination = destination_of(stored["destination"]) if stored else None
        if destination is not None:
            found[state] = HoursRouteLine(destination, stored.get("prompt"))
    return found


def ring_groups_of(
    tables: Tables, tenant: TenantRow, numbers: Mapping[str, str], people: Mapping[str, Person]
) -> Iterator[tuple[str, RingGroupLine]]:
    """Ring groups by id; members who are disabled are not in them."""
    members = rows_by(tables.ring_group_members.get(tenant.id, ()), "ring_group_id")
    for row in tables.ring_groups.get(tenant.id, ()):
        yield (
            row.id,
            RingGroupLine(
                id=row.id,
                number=numbers.get(row.id, ""),
                name=row.name,
                department=row.department_id,
                strategy=row.strategy,
                members=tuple(
                    member.user_id for member in members.get(row.id, ()) if member.user_id in people
                ),
                ring_seconds=row.ring_seconds,
                greeting=row.greeting,
                caller_name=row.caller_name,
                no_answer=destination_of(row.no_answer),
                music=row.music_id,
                disturb_busy=row.disturb_busy,
                multicast=(row.multicast_address, row.multicast_port)
                if row.multicast_address and row.multicast_port
                else None,
                routes=_own_routes(row),
            ),
        )


def queues_of(
    tables: Tables,
    tenant: TenantRow,
    numbers: Mapping[str, str],
    people: Mapping[str, Person],
    departments: Mapping[str, DepartmentLine],
) -> Iterator[tuple[str, QueueLine]]:
    """Queues by id; agents who are disabled are not in them."""
    agents = rows_by(tables.queue_agents.get(tenant.id, ()), "queue_id")
    for row in tables.queues.get(tenant.id, ()):
        department = departments.get(row.department_id)
        plain = {name: getattr(row, name) for name in _PLAIN_OF_QUEUES}
        yield (
            row.id,
            QueueLine(
                number=numbers.get(row.id, ""),
                department=row.department_id,
                language=row.language or (department.language if department else tenant.language),
                agents=tuple(
                    AgentLine(each.user_id, each.skill, each.logged_in)
                    for each in agents.get(row.id, ())
                    if each.user_id in people
                ),
                music=row.music_id,
                comfort_prompts=tuple(row.comfort_prompts),
                no_answer=destination_of(row.no_answer),
                since=row.statistics_since.timestamp(),
                routes=_own_routes(row),
                **plain,
            ),
        )


_PLAIN_OF_QUEUES = (
    "id",
    "name",
    "strategy",
    "ring_seconds",
    "max_wait_seconds",
    "max_callers",
    "wrap_up_seconds",
    "priority",
    "ring_busy",
    "sla_seconds",
    "skill_wait_seconds",
    "log_out_after_missed",
    "greeting",
    "greeting_in_full",
    "caller_name",
    "announce_position",
    "announce_wait",
    "announce_seconds",
    "comfort_seconds",
)
"""Columns that a line has as they are."""


def mailboxes_of(tables: Tables, tenant: TenantRow) -> Iterator[tuple[str, MailboxLine]]:
    """Boxes that take messages, by their owner."""
    greetings = rows_by(tables.greetings.get(tenant.id, ()), "box_id")
    for row in tables.boxes.get(tenant.id, ()):
        owner = row.user_id or row.ring_group_id
        yield (
            owner,
            MailboxLine(
                id=row.id,
                owner=owner,
                pin=row.pin or "",
                ask_pin=row.ask_pin,
                say_caller=row.say_caller,
                say_time=row.say_time,
                greetings={each.status: each.file for each in greetings.get(row.id, ())},
                self_id=row.self_id or "",
            ),
        )


def playlists_of(tables: Tables, tenant: TenantRow) -> Iterator[tuple[str, PlaylistLine]]:
    """By id; a playlist without tracks is silence, and therefore none."""
    files: dict[str, list[str]] = {}
    for track in tables.tracks.get(tenant.id, ()):
        files.setdefault(track.playlist_id, []).append(track.file)
    for row in tables.playlists.get(tenant.id, ()):
        if row.id in files:
            yield row.id, PlaylistLine(row.id, row.shuffle, tuple(files[row.id]))
