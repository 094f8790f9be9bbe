"""A demo tenant to try everything with: made once, at random, and remembered in the home."""

import os
import secrets
from pathlib import Path

import msgspec
import structlog
from pydantic import SecretStr

from orchestrator.departments.schemas import DepartmentCreate, DepartmentQuery
from orchestrator.destinations.schemas import DestinationBody
from orchestrator.devices.rules import DeviceKind
from orchestrator.devices.schemas import DeviceCreate, DeviceWithSecret
from orchestrator.errors import Conflict
from orchestrator.numbers.schemas import DidCreate
from orchestrator.people.schemas import MembershipIn, UserCreate, UserOut
from orchestrator.routing.schemas import OutboundRuleCreate, RouteBody
from orchestrator.tenants.schemas import (
    OperatorCreate,
    OperatorPatch,
    OperatorQuery,
    TenantCreate,
    TenantQuery,
)
from orchestrator.trunks.rules import Registration
from orchestrator.trunks.schemas import TrunkCreate
from orchestrator.types import SYSTEM_ACTOR, DestinationKind, Role, Scope, TenantId
from orchestrator.web.table import Services

log = structlog.get_logger(__name__)

SLUG = "demo"
# The provider of the demo is on loopback: whoever wants calls from outside plays it there.
PROVIDER = "127.0.0.9"
PROVIDER_PORT = 5080
MAIN_NUMBER = "+3120555010"

_PEOPLE = (
    ("100", "Olivia", "Owner", Role.SYSTEM_OWNER, ""),
    ("101", "Rosa", "Reception", Role.RECEPTIONIST, ""),
    ("102", "Sam", "Sales", Role.USER, "Sales"),
    ("103", "Saskia", "Sales", Role.MANAGER, "Sales"),
    ("104", "Tim", "Support", Role.USER, "Support"),
)


class DemoPhone(msgspec.Struct):
    number: str
    name: str
    username: str
    secret: str


class Demo(msgspec.Struct):
    """What a person needs to try the demo; kept readable by the owner of the home only."""

    operator: str
    operator_password: str
    user: str
    user_password: str
    dids: list[str]
    phones: list[DemoPhone]


async def ensure_demo(services: Services, home: Path) -> Demo | None:
    """The demo as it was made, made now if there is no customer yet; None when there are others."""
    path = home / "demo.json"
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Demo)
    customers = await services.tenants.list(SYSTEM_ACTOR, TenantQuery(kind="customer", limit=1))
    if customers.items:
        return None
    demo = await _make(services)
    _keep(path, demo)
    log.info("demo-made", tenant=SLUG)
    return demo


async def _make(services: Services) -> Demo:
    operator, password = await _operator(services)
    tenant = await services.tenants.create(
        SYSTEM_ACTOR,
        TenantCreate(slug=SLUG, name="Demo Company", timezone="Europe/Amsterdam", country="NL"),
    )
    scope = Scope(TenantId(tenant.id), SYSTEM_ACTOR)
    departments = await _departments(services, scope)
    owner_password = secrets.token_urlsafe(12)
    phones: list[DemoPhone] = []
    users: list[UserOut] = []
    for number, first, last, role, department in _PEOPLE:
        user = await services.users.create(
            scope,
            UserCreate(
                number=number,
                first_name=first,
                last_name=last,
                email=f"{first.lower()}@example.com",
                password=SecretStr(owner_password) if role is Role.SYSTEM_OWNER else None,
                memberships=[
                    MembershipIn(department=departments[department], role=role, is_main=True)
                ],
            ),
        )
        device = await services.devices.create(
            scope, DeviceCreate(user=user.id, name="Softphone", kind=DeviceKind.APP)
        )
        users.append(user)
        phones.append(_phone(number, f"{first} {last}", device))
    dids = await _outside(services, scope, users)
    return Demo(operator, password, "olivia@example.com", owner_password, dids, phones)


async def _departments(services: Services, scope: Scope) -> dict[str, str]:
    """Name -> id; the default one, which every tenant has, goes by the name ""."""
    for name in ("Sales", "Support"):
        await services.departments.create(scope, DepartmentCreate(name=name))
    page = await services.departments.list(scope, DepartmentQuery())
    return {"" if each.is_default else each.name: each.id for each in page.items}


async def _operator(services: Services) -> tuple[str, str]:
    email, password = "admin@example.com", secrets.token_urlsafe(12)
    platform = await services.tenants.place_of("platform")
    if platform is None:
        raise Conflict("The platform tenant is missing; run `centrale migrate`.")
    scope = Scope(platform.id, SYSTEM_ACTOR)
    # A start that was cut off may have made the operator and forgotten the password.
    known = (await services.operators.list(scope, OperatorQuery(search=email))).items
    if known:
        patch = OperatorPatch(password=SecretStr(password))
        await services.operators.update(scope, known[0].id, patch)
    else:
        body = OperatorCreate(name="Administrator", email=email, password=SecretStr(password))
        await services.operators.create(scope, body)
    return email, password


async def _outside(services: Services, scope: Scope, users: list[UserOut]) -> list[str]:
    """A trunk known by its address, a DID for each person, and a rule for calls out."""
    trunk = await services.trunks.create(
        scope,
        TrunkCreate(
            name="Demo provider",
            registration=Registration.NONE,
            host=PROVIDER,
            port=PROVIDER_PORT,
            addresses=[PROVIDER],
            caller_id=f"{MAIN_NUMBER}0",
            # Nobody is there until somebody plays the provider; it is tried all the same.
            qualify_seconds=0,
        ),
    )
    dids = [f"{MAIN_NUMBER}{place}" for place in range(len(users))]
    for number, user in zip(dids, users, strict=True):
        destination = DestinationBody(kind=DestinationKind.USER, ref=user.id)
        await services.dids.create(
            scope, DidCreate(number=number, trunk=trunk.id, destination=destination)
        )
    await services.outbound_rules.create(
        scope,
        OutboundRuleCreate(
            name="Outside",
            prefixes=["0"],
            lengths="4-30",
            routes=[RouteBody(trunk=trunk.id)],
        ),
    )
    return dids


def _keep(path: Path, demo: Demo) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(demo)))


def _phone(number: str, name: str, device: DeviceWithSecret) -> DemoPhone:
    return DemoPhone(number, name, device.sip.username, device.sip_secret)
