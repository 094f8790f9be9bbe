"""Route decisions in a large installation, and how soon a change over REST decides a call."""

import asyncio
import random
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.db.base import Base
from orchestrator.db.engine import WRITES, make_engine
from orchestrator.db.schema import migrate
from orchestrator.departments.model import Department
from orchestrator.devices.model import Device
from orchestrator.devices.rules import DeviceKind
from orchestrator.numbers.model import Did
from orchestrator.people.model import Extension, Membership, User
from orchestrator.people.rules import OwnerKind
from orchestrator.routing.facts import Facts
from orchestrator.routing.first_step import first_step
from orchestrator.routing.model import OutboundRoute, OutboundRule
from orchestrator.routing.plan import Plan, TenantPlan
from orchestrator.routing.read_model import spare_the_collector
from orchestrator.settings import Settings
from orchestrator.tenants.model import Tenant
from orchestrator.tenants.rules import TenantKind
from orchestrator.tenants.schemas import OperatorCreate
from orchestrator.trunks.model import Trunk
from orchestrator.trunks.rules import Registration
from orchestrator.types import SYSTEM_ACTOR, DestinationKind, Role, Scope, TenantId, new_id
from tests.load.measures import NOTHING, Measure
from tests.rest import Rest, serving

ROUTING = (
    Measure(
        "routing.decision_us_p99",
        "us",
        "<= 200",
        NOTHING,
        "the first step of a call, 99th percentile of 20,000, CPU time: extensions, calls out, "
        "DIDs exact, by ending and unknown, in a customer with 2,000 users, 500 DIDs and "
        "100 rules, 1,000 customers being loaded.",
    ),
    Measure("routing.decision_us_p50", "us", "", NOTHING, "its median."),
    Measure(
        "routing.change_ms_max",
        "ms",
        "<= 200",
        NOTHING,
        "from a PATCH of a user of that customer over REST to the plan that decides the next call "
        "by it, longest of 20.",
    ),
    Measure("routing.change_ms_p50", "ms", "", NOTHING, "its median."),
    Measure("routing.load_seconds", "s", "", NOTHING, "reading the plan of all at the start."),
)

USERS, DIDS, RULES, TENANTS = 2_000, 500, 100, 1_000
_SMALL_USERS = 10
_DECISIONS = 20_000
_CHANGES = 20
_PASSWORD = "correct horse battery"


def measure_routing() -> Mapping[str, float]:
    """Values of `routing.*`."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'centrale.db'}"
        return asyncio.run(_measure(url))


async def _measure(url: str) -> Mapping[str, float]:
    big = await _seed(url)
    began = time.perf_counter()
    async with serving(url) as rest:
        loaded = time.perf_counter() - began
        spare_the_collector()
        plan = rest.read_model.plan
        took = sorted(_decide(plan, plan.tenants[big]))
        changes = sorted([await _change(rest, big, number) for number in range(_CHANGES)])
    return {
        "routing.decision_us_p50": 1e6 * took[len(took) // 2],
        "routing.decision_us_p99": 1e6 * took[len(took) * 99 // 100],
        "routing.change_ms_p50": 1e3 * changes[len(changes) // 2],
        "routing.change_ms_max": 1e3 * changes[-1],
        "routing.load_seconds": loaded,
    }


def _decide(plan: Plan, tenant: TenantPlan) -> Iterator[float]:
    """CPU seconds of each decision: calls of all kinds, between all people, in mixed order."""
    dice = random.Random(20_260_301)
    now = datetime(2026, 3, 2, 10, tzinfo=UTC)
    people = list(tenant.people.values())
    trunk = next(iter(tenant.trunks.values()))
    inside = Facts(tenant, now)
    outside = Facts(tenant, now, caller="+31612345678", trunk=trunk)
    for _ in range(_DECISIONS):
        caller = dice.choice(people)
        number = dice.randrange(DIDS)
        own = replace(inside, person=caller, caller=caller.number)
        facts, wanted = dice.choice(
            (
                (own, dice.choice(people).number),
                (own, f"0{dice.randrange(RULES):02d}{dice.randrange(10**7):07d}"),
                (outside, f"+3120{1000000 + number}"),
                (outside, f"0049{2000000 + number}"),
                (outside, "+3130999999"),
            )
        )
        began = time.thread_time()
        first_step(facts, wanted)
        yield time.thread_time() - began


async def _change(rest: Rest, tenant: TenantId, number: int) -> float:
    """Seconds from a PATCH to the plan that decides by it."""
    token = await _operator(rest)
    wanted = 10 + number
    person = next(iter(rest.read_model.plan.tenants[tenant].people))
    began = time.perf_counter()
    path = f"/tenants/{tenant}/users/{person}"
    reply = await rest.call("PATCH", path, token, {"ring_seconds": wanted})
    assert reply.status == 200, reply
    async with asyncio.timeout(10):
        while rest.read_model.plan.tenants[tenant].people[person].ring_seconds != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    return time.perf_counter() - began


async def _operator(rest: Rest) -> str:
    """A token of an operator of the platform, made at its first use."""
    email = "bench@example.com"
    platform = await rest.services.tenants.place_of("platform")
    assert platform is not None
    scope = Scope(platform.id, SYSTEM_ACTOR)
    known = await rest.call("POST", "/sign-in", json={"email": email, "password": _PASSWORD})
    if known.status == 200:
        return str(known.body["token"])
    body = OperatorCreate(name="Bench", email=email, password=SecretStr(_PASSWORD))
    await rest.services.operators.create(scope, body)
    return await rest.sign_in(email, _PASSWORD)


async def _seed(url: str) -> TenantId:
    await migrate(Settings(database_url=url))
    engine = make_engine(url)
    try:
        async with engine.execution_options(**{WRITES: True}).begin() as connection:
            return await _fill(connection)
    finally:
        await engine.dispose()


async def _fill(connection: AsyncConnection) -> TenantId:
    """One large customer and many small ones; the id of the large one."""
    platform = await connection.scalar(select(Tenant.id).where(Tenant.kind == TenantKind.PLATFORM))
    tenants = [
        {"id": new_id(), "parent_id": platform, "kind": TenantKind.CUSTOMER, "slug": f"c{n}"}
        for n in range(TENANTS)
    ]
    await connection.execute(insert(Tenant), [{**each, "name": each["slug"]} for each in tenants])
    rows: dict[type[Base], list[Mapping[str, object]]] = {}
    for place, tenant in enumerate(tenants):
        count = USERS if place == 0 else _SMALL_USERS
        for model, some in _people(str(tenant["id"]), count):
            rows.setdefault(model, []).extend(some)
    rows.update(_lines(str(tenants[0]["id"]), rows[User]))
    for model, all_rows in rows.items():
        await connection.execute(insert(model), all_rows)
    return TenantId(str(tenants[0]["id"]))


def _people(tenant: str, count: int) -> Iterator[tuple[type[Base], list[Mapping[str, object]]]]:
    """A department and people with a number, a membership and a device each."""
    own = {"tenant_id": tenant}
    department = new_id()
    users = [(new_id(), str(1000 + n)) for n in range(count)]
    yield Department, [{**own, "id": department, "name": "All", "is_default": True}]
    yield User, [{**own, "id": user, "first_name": "P", "last_name": n} for user, n in users]
    member = {**own, "department_id": department, "role": Role.USER, "is_main": True}
    yield Membership, [{**member, "user_id": user} for user, _ in users]
    owned = {**own, "owner_kind": OwnerKind.USER}
    yield Extension, [{**owned, "owner_id": user, "number": number} for user, number in users]
    device = {**own, "name": "Desk", "kind": DeviceKind.DESK_PHONE, "sip_secret": "x" * 20}
    yield Device, [{**device, "user_id": user, "sip_username": user[-17:]} for user, _ in users]


def _lines(
    tenant: str, users: Sequence[Mapping[str, object]]
) -> Iterator[tuple[type[Base], list[Mapping[str, object]]]]:
    """A trunk, DIDs of which every second is an ending, and rules with two routes each."""
    own = {"tenant_id": tenant}
    trunk = {**own, "id": new_id(), "name": "Main", "endpoint": "trunk-bench", "host": "192.0.2.1"}
    yield Trunk, [{**trunk, "registration": Registration.NONE}]
    to = {**own, "destination_kind": DestinationKind.USER}
    yield (
        Did,
        [
            {**to, "number": number, "destination_ref": users[n]["id"]}
            for n in range(DIDS // 2)
            for number in (f"+3120{1000000 + 2 * n}", f"*{2000001 + 2 * n}")
        ],
    )
    rules = [(new_id(), place) for place in range(RULES)]
    yield (
        OutboundRule,
        [
            {
                **own,
                "id": rule,
                "name": f"r{place}",
                "position": place,
                "prefixes": [f"0{place:02d}"],
            }
            for rule, place in rules
        ],
    )
    route = {**own, "trunk_id": trunk["id"]}
    yield (
        OutboundRoute,
        [
            {**route, "rule_id": rule, "position": place, "strip": place}
            for rule, _ in rules
            for place in range(2)
        ],
    )
