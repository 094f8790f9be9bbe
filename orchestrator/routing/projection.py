"""Makes the plan of a tenant from its rows.

A tenant changes often and little: what came out the same as the last time is kept
(`projected_people.py`), so that a change of one user in a company of thousands costs about one.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping

from orchestrator.hot_desks.rules import HotDeskLine
from orchestrator.hours.rules import HoursState
from orchestrator.hours.weeks import HoursRows, Weeks, destination_of
from orchestrator.options.schemas import options_of
from orchestrator.people.rules import OwnerKind
from orchestrator.routing.outside_lines import (
    CallerRuleLine,
    DidLine,
    OutboundRuleLine,
    RouteLine,
    TrunkLine,
    Way,
)
from orchestrator.routing.plan import (
    ConferenceLine,
    DepartmentLine,
    EndpointKind,
    EndpointOwner,
    HoursRouteLine,
    ParkingLine,
    Person,
    PromptLine,
    TenantPlan,
)
from orchestrator.routing.projected_groups import (
    ivrs_of,
    mailboxes_of,
    playlists_of,
    queues_of,
    ring_groups_of,
)
from orchestrator.routing.projected_people import Company, Memory, people_of, rows_by
from orchestrator.routing.ranges import extension_ranges, length_ranges
from orchestrator.routing.tables import Columns, Tables, TenantRow, is_suspended
from orchestrator.trunks.rules import Registration, Transport
from orchestrator.types import Destination, DestinationKind

_OWNERS = {
    OwnerKind.USER: DestinationKind.USER,
    OwnerKind.CONFERENCE: DestinationKind.CONFERENCE,
    OwnerKind.PARKING: DestinationKind.PARKING,
    OwnerKind.RING_GROUP: DestinationKind.RING_GROUP,
    OwnerKind.QUEUE: DestinationKind.QUEUE,
    OwnerKind.IVR: DestinationKind.IVR,
    OwnerKind.DEPARTMENT: DestinationKind.DEPARTMENT,
}


# Calls have a turn between any so many people.
_PEOPLE_AT_A_TIME = 200


async def tenant_plan(tables: Tables, row: TenantRow, memory: Memory) -> TenantPlan:
    extensions = tables.extensions.get(row.id, ())
    numbers = {line.owner_id: line.number for line in extensions}
    weeks = _weeks(tables, row)
    departments = dict(_departments(tables, row, numbers, weeks, memory))
    people = await _people(tables, row, Company(departments, numbers, weeks), memory)
    conferences = dict(_conferences(tables, row, numbers))
    parking = dict(_parking(tables, row, numbers))
    ivrs = dict(ivrs_of(tables, row, numbers, departments))
    groups = dict(ring_groups_of(tables, row, numbers, people))
    queues = dict(queues_of(tables, row, numbers, people, departments))
    owners = people.keys() | conferences.keys() | parking.keys()
    owners |= ivrs.keys() | groups.keys() | queues.keys() | departments.keys()
    options = tables.options.get(row.id)
    return TenantPlan(
        id=row.id,
        slug=row.slug,
        name=row.name,
        language=row.language,
        country=row.country,
        suspended=is_suspended(tables.tree, row),
        max_calls=row.max_calls,
        timezone=row.timezone,
        people=people,
        extensions={
            line.number: Destination(_OWNERS[line.owner_kind], line.owner_id)
            for line in extensions
            if line.owner_id in owners
        },
        departments=departments,
        trunks={line.id: _trunk(line) for line in tables.trunks.get(row.id, ())},
        dids=tuple(_did(line) for line in tables.dids.get(row.id, ())),
        caller_rules=tuple(_caller_rule(line) for line in tables.caller_rules.get(row.id, ())),
        outbound_rules=tuple(_outbound_rules(tables, row)),
        emergency_numbers={n: trunk for _, n, trunk in tables.emergency.get(row.id, ())},
        conferences=conferences,
        parking=parking,
        ivrs=ivrs,
        ring_groups=groups,
        queues=queues,
        mailboxes=dict(mailboxes_of(tables, row)),
        prompts={p.id: PromptLine(p.id, p.name, p.file) for p in tables.prompts.get(row.id, ())},
        playlists=dict(playlists_of(tables, row)),
        hot_desks=dict(_hot_desks(tables, row, people)),
        options=options_of(options[0]._asdict() if options else {}),
    )


async def _people(
    tables: Tables, row: TenantRow, company: Company, memory: Memory
) -> dict[str, Person]:
    people: dict[str, Person] = {}
    for count, person in enumerate(people_of(tables, row, company, memory), 1):
        people[person.id] = person
        if count % _PEOPLE_AT_A_TIME == 0:
            await asyncio.sleep(0)
    memory.forget_others(people)
    return people


def _departments(
    tables: Tables,
    tenant: TenantRow,
    numbers: Mapping[str, str],
    weeks: Weeks,
    memory: Memory,
) -> Iterator[tuple[str, DepartmentLine]]:
    routes = _hours_routes(tables, tenant)
    for row in tables.departments.get(tenant.id, ()):
        hours = memory.same(row.id, weeks.of_department(row.id))
        yield (
            row.id,
            DepartmentLine(
                id=row.id,
                name=row.name,
                language=row.language or tenant.language,
                hours=hours,
                routes=routes.get(row.id, {}),
                caller_id=row.outbound_caller_id,
                number=numbers.get(row.id, ""),
                answer_after=row.answer_after,
                music=row.music_id,
            ),
        )


def _conferences(
    tables: Tables, tenant: TenantRow, numbers: Mapping[str, str]
) -> Iterator[tuple[str, ConferenceLine]]:
    for row in tables.conferences.get(tenant.id, ()):
        number, pin = numbers.get(row.id, ""), row.pin or ""
        yield row.id, ConferenceLine(row.id, number, row.name, pin, row.max_members, row.announce)


def _parking(
    tables: Tables, tenant: TenantRow, numbers: Mapping[str, str]
) -> Iterator[tuple[str, ParkingLine]]:
    for row in tables.parking.get(tenant.id, ()):
        yield row.id, ParkingLine(row.id, numbers.get(row.id, ""), row.name, row.department_id)


def _hot_desks(
    tables: Tables, tenant: TenantRow, people: Mapping[str, Person]
) -> Iterator[tuple[str, HotDeskLine]]:
    for row in tables.devices.get(tenant.id, ()):
        if row.hot_desk:
            used = row.user_id in people
            yield (
                row.sip_username,
                HotDeskLine(
                    *(row.id, row.sip_username, row.name),
                    user=row.user_id if used else None,
                    since=row.logged_in_at if used else None,
                ),
            )


def endpoints_of(plan: TenantPlan) -> Iterator[tuple[str, EndpointOwner]]:
    for person in plan.people.values():
        for device in person.devices:
            yield device.endpoint, EndpointOwner(plan.id, EndpointKind.DEVICE, person.id)
    for desk in plan.hot_desks.values():
        if desk.user is None:
            yield desk.endpoint, EndpointOwner(plan.id, EndpointKind.HOT_DESK, desk.id)
    for trunk in plan.trunks.values():
        yield trunk.endpoint, EndpointOwner(plan.id, EndpointKind.TRUNK, trunk.id)


# -- hours -----------------------------------------------------------------------------------


def _weeks(tables: Tables, tenant: TenantRow) -> Weeks:
    zones = {row.id: row.timezone for row in tables.departments.get(tenant.id, ())}
    rows = HoursRows(
        tables.schedules.get(tenant.id, ()),
        tables.holidays.get(tenant.id, ()),
        tables.overrides.get(tenant.id, ()),
    )
    return Weeks(tenant.timezone, zones, rows)


def _hours_routes(
    tables: Tables, tenant: TenantRow
) -> Mapping[str, Mapping[HoursState, HoursRouteLine]]:
    """Department -> state -> where calls go."""
    found: defaultdict[str, dict[HoursState, HoursRouteLine]] = defaultdict(dict)
    for row in tables.hours_routes.get(tenant.id, ()):
        destination = Destination(row.destination_kind, row.destination_ref)
        found[row.department_id][row.state] = HoursRouteLine(destination, row.prompt)
    return found


# -- numbers, trunks, rules --------------------------------------------------------------------


def _trunk(row: Columns) -> TrunkLine:
    return TrunkLine(
        id=row.id,
        endpoint=row.endpoint,
        name=row.name,
        inbound=row.inbound,
        outbound=row.outbound,
        max_calls=row.max_calls,
        caller_id=row.caller_id,
        department=row.department_id,
        called_from=row.called_from,
        caller_from=row.caller_from,
        number_format=row.number_format,
        normalise_caller=row.normalise_caller,
        default_destination=destination_of(row.default_destination),
        caller_id_in=tuple((pattern, new) for pattern, new in row.caller_id_in),
        caller_id_out=tuple((pattern, new) for pattern, new in row.caller_id_out),
        registers=row.registration is Registration.OUTBOUND,
        asked=_asked(row),
        server=_server(row),
    )


def _server(row: Columns) -> str:
    host = f"[{row.host}]" if ":" in row.host else row.host
    port = f":{row.port}" if row.port else ""
    transport = "" if row.transport is Transport.UDP else f";transport={row.transport}"
    return f"{host}{port}{transport}"


def _asked(row: Columns) -> str:
    if not row.qualify_seconds:
        return ""
    server = f"{row.transport}:{row.host}:{row.port}"
    return f"{server} {row.outbound_proxy or ''} {row.qualify_seconds}"


def _did(row: Columns) -> DidLine:
    destination = Destination(row.destination_kind, row.destination_ref)
    return DidLine(row.id, row.number, row.trunk_id, row.name, destination, _otherwise(row))


def _caller_rule(row: Columns) -> CallerRuleLine:
    to = Destination(row.destination_kind, row.destination_ref)
    way = Way(to, _otherwise(row), row.name)
    return CallerRuleLine(row.id, row.name, row.caller, frozenset(row.trunks), way)


def _otherwise(row: Columns) -> dict[HoursState, Destination]:
    stored = {
        HoursState.CLOSED: row.closed,
        HoursState.BREAK: row.on_break,
        HoursState.HOLIDAY: row.holiday,
    }
    found = {state: destination_of(value) for state, value in stored.items()}
    return {state: value for state, value in found.items() if value is not None}


def _outbound_rules(tables: Tables, tenant: TenantRow) -> Iterator[OutboundRuleLine]:
    routes = rows_by(tables.routes.get(tenant.id, ()), "rule_id")
    for row in tables.rules.get(tenant.id, ()):
        yield OutboundRuleLine(
            id=row.id,
            name=row.name,
            prefixes=tuple(row.prefixes),
            lengths=length_ranges(row.lengths),
            extensions=extension_ranges(row.extensions),
            departments=frozenset(row.departments),
            blocked=row.blocked,
            routes=tuple(
                RouteLine(r.trunk_id, r.strip, r.prepend, r.append, r.caller_id)
                for r in routes.get(row.id, ())
            ),
        )
