"""The real HTTP application over a real database, for tests of the API."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import TCPConnector, web
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher
from multidict import CIMultiDict
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from orchestrator.ari.client import AriClient
from orchestrator.ari.fake import FakeAsterisk
from orchestrator.calls.entry import CallEntry
from orchestrator.calls.floor_view import FloorWatch
from orchestrator.calls.ports import CallPorts
from orchestrator.calls.registry import CallRegistry
from orchestrator.clock import SystemClock
from orchestrator.db.session import Database
from orchestrator.devices.service import SipAddress
from orchestrator.events.service import EventService
from orchestrator.media import MediaStore
from orchestrator.people.schemas import UserCreate, UserPatch
from orchestrator.prompts.shelf import Shelf
from orchestrator.prompts.sounds import Sounds
from orchestrator.routing.read_model import ReadModel
from orchestrator.tenants.schemas import OperatorCreate, TenantCreate
from orchestrator.types import SYSTEM_ACTOR, Role, Scope, TenantId
from orchestrator.web.app import WebDependencies, build_app
from orchestrator.web.services import Ground, build_services
from orchestrator.web.table import Services
from tests.sounds import wav

PASSWORD = "correct horse battery"

# The weakest parameters that argon2 takes: its strength is not what these tests are about.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

Http = TestClient[web.Request, web.Application]


@dataclass(frozen=True)
class Rest:
    """One application and its client."""

    http: Http
    services: Services
    database: Database
    read_model: ReadModel
    asterisk: FakeAsterisk
    media: MediaStore
    shelf: Shelf
    registry: CallRegistry

    async def call(
        self,
        method: str,
        path: str,
        token: str | None = None,
        json: object | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> "Reply":
        """One request to `/api/v1` + `path`."""
        given = dict(headers or {})
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        async with self.http.request(method, f"/api/v1{path}", json=json, headers=given) as answer:
            body = await answer.json(content_type=None) if await answer.read() else None
            return Reply(answer.status, body, CIMultiDict(answer.headers))

    async def sign_in(self, email: str, password: str = PASSWORD) -> str:
        """A token."""
        reply = await self.call("POST", "/sign-in", json={"email": email, "password": password})
        assert reply.status == 200, reply
        token: str = reply.body["token"]
        return token


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any
    headers: Mapping[str, str]


@asynccontextmanager
async def serving(url: str, media: Path = Path("media")) -> AsyncIterator[Rest]:
    """The application on a free port over the migrated database at `url`; sounds are in `media`."""
    database = Database(url)
    clock = SystemClock()
    events = EventService(database, clock)
    sip = SipAddress("pbx.example.org", 5060)
    read_model = ReadModel(database)
    asterisk = FakeAsterisk()
    ari = AriClient(asterisk)
    ports = CallPorts(ari, clock, _NoJournal(), lambda: read_model.plan, events.post)
    registry = CallRegistry(ports)
    store = MediaStore(media)
    shelf = Shelf(media / "sets", media / "played", {})
    ground = Ground(
        *(database, events, clock, sip, lambda: read_model.plan, QUICK),
        registry=registry,
        floor=FloorWatch(registry.floor, registry.activity_of, lambda: read_model.plan),
        sounds=Sounds(store, speaker=FlatVoice()),
        shelf=shelf,
    )
    services = build_services(ground)
    app = build_app(WebDependencies(services, CollectorRegistry(), {"database": database.check}))
    # Connections that stay open would be tasks that stay, which the suite takes for a leak.
    connector = TCPConnector(force_close=True)
    client = TestClient(TestServer(app), connector=connector)
    read_model.subscribe(registry.floor.plans_changed)
    await read_model.load()
    tasks = [
        asyncio.create_task(read_model.run(), name="read-model"),
        asyncio.create_task(ari.run(_Listener(registry)), name="ari"),
    ]
    try:
        await client.start_server()
        await ari.wait_connected()
        yield Rest(client, services, database, read_model, asterisk, store, shelf, registry)
    finally:
        await client.close()
        await registry.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await database.close()


class FlatVoice:
    """Reads English and Dutch, all in one tone."""

    async def languages(self) -> frozenset[str]:
        return frozenset({"en", "nl"})

    async def speak(self, text: str, language: str, target: Path) -> None:
        if language[:2] not in {"en", "nl"}:
            raise AssertionError(f"nobody asked whether there is a voice for {language}")
        await asyncio.to_thread(target.write_bytes, wav(440, len(text) / 10))


class _NoJournal:
    """Live calls are looked at while they live."""

    def record(self, entry: CallEntry) -> None:
        return


class _Listener:
    """Hands events on to the calls; there is nothing to take over."""

    def __init__(self, registry: CallRegistry) -> None:
        self.on_event = registry.on_event

    async def on_connected(self) -> None:
        return

    def on_disconnected(self) -> None:
        return


@asynccontextmanager
async def serving_copy(template: Path, folder: Path) -> AsyncIterator[Rest]:
    """The application over a fresh copy of `template`."""
    copy = folder / "centrale.db"
    shutil.copy(template, copy)
    async with serving(f"sqlite+aiosqlite:///{copy}", folder / "media") as rest:
        yield rest


@dataclass(frozen=True)
class World:
    """Two resellers with a customer each; people of every role in the first customer."""

    rest: Rest
    tenants: Mapping[str, TenantId]
    tokens: Mapping[str, str]
    people: Mapping[str, str]
    departments: Mapping[str, str]

    async def call(
        self, who: str | None, method: str, path: str, json: object | None = None, **headers: str
    ) -> Reply:
        """A request by `who` (a role, `platform`, `north`, `south`, `stranger`, or nobody)."""
        token = self.tokens[who] if who is not None else None
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.rest.call(method, path, token, json, named)


async def make_world(rest: Rest) -> World:
    """Make it through the services, as `centrale` itself does for a demo."""
    tenants = await _tenants(rest.services)
    tokens, people = {}, {}
    for name in ("platform", "north", "south"):
        scope = Scope(tenants[name], SYSTEM_ACTOR)
        body = OperatorCreate(name=name, email=f"{name}@example.org", password=SecretStr(PASSWORD))
        await rest.services.operators.create(scope, body)
        tokens[name] = await rest.sign_in(f"{name}@example.org")
    sales = await rest.call(
        "POST", "/tenants/acme/departments", tokens["platform"], {"name": "Sales"}
    )
    for index, role in enumerate(Role):
        user = await _person(rest.services, tenants["acme"], role, 100 + index)
        people[role.value] = user
        tokens[role.value] = await rest.sign_in(f"{role.value}@acme.example")
    people["stranger"] = await _person(rest.services, tenants["globex"], Role.SYSTEM_OWNER, 100)
    tokens["stranger"] = await rest.sign_in("system_owner@globex.example")
    page = await rest.call("GET", "/tenants/acme/departments", tokens["platform"])
    departments = {each["name"]: each["id"] for each in page.body["items"]}
    assert departments["Sales"] == sales.body["id"]
    return World(rest, tenants, tokens, people, departments)


async def _tenants(services: Services) -> dict[str, TenantId]:
    place = await services.tenants.place_of("platform")
    assert place is not None
    tenants = {"platform": place.id}
    for slug, kind, parent in (
        ("north", "reseller", "platform"),
        ("south", "reseller", "platform"),
        ("acme", "customer", "north"),
        ("globex", "customer", "south"),
    ):
        body = TenantCreate.model_validate(
            {"kind": kind, "slug": slug, "name": slug.title(), "parent": parent}
        )
        tenants[slug] = TenantId((await services.tenants.create(SYSTEM_ACTOR, body)).id)
    return tenants


async def _person(services: Services, tenant: TenantId, role: Role, number: int) -> str:
    """A user with `role` in the default department, who can sign in."""
    scope = Scope(tenant, SYSTEM_ACTOR)
    tenant_row = await services.tenants.get(scope)
    body = UserCreate.model_validate(
        {
            "number": str(number),
            "first_name": role.value,
            "email": f"{role.value}@{tenant_row.slug}.example",
            "password": PASSWORD,
        }
    )
    user = await services.users.create(scope, body)
    main = {"department": user.memberships[0].department, "role": role.value, "is_main": True}
    patch = UserPatch.model_validate({"memberships": [main]})
    await services.users.update(scope, user.id, patch)
    return user.id
