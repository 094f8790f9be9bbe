"""IVRs, through their service, on both databases."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from orchestrator.clock import SystemClock
from orchestrator.db.errors import Taken
from orchestrator.db.session import Database
from orchestrator.departments.schemas import DepartmentCreate
from orchestrator.devices.service import SipAddress
from orchestrator.errors import Denied, InUse, Invalid, LimitReached, NotFound, Stale
from orchestrator.events.service import EventService
from orchestrator.ivr import service as ivr_service
from orchestrator.ivr.rules import KeyAction
from orchestrator.ivr.schemas import MAX_KEYS, IvrCreate, IvrPatch, IvrQuery
from orchestrator.ivr.service import IvrService
from orchestrator.prompts.model import Prompt
from orchestrator.prompts.rules import PromptSource
from orchestrator.routing.read_model import ReadModel
from orchestrator.routing.schemas import EmergencyNumberCreate
from orchestrator.types import (
    Actor,
    ActorKind,
    Destination,
    DestinationKind,
    Grant,
    Role,
    Scope,
    new_id,
)
from orchestrator.web.services import Ground, build_services
from orchestrator.web.table import Services
from tests.factories.rows import add_customer, add_employee
from tests.rest import QUICK

END = {"kind": "end_call"}


@pytest.fixture
def services(database: Database) -> Services:
    clock = SystemClock()
    events = EventService(database, clock)
    return build_services(
        Ground(database, events, clock, SipAddress("pbx.test", 5060), hasher=QUICK)
    )


@pytest.fixture
def service(services: Services) -> IvrService:
    return services.ivrs


@pytest.fixture
async def scope(database: Database) -> Scope:
    return await add_customer(database, "acme")


@pytest.fixture
async def sales(services: Services, scope: Scope) -> str:
    made = await services.departments.create(scope, DepartmentCreate(name="Sales"))
    return made.id


def body(department: str, number: str = "800", **fields: object) -> IvrCreate:
    given = {"number": number, "name": f"IVR {number}", "department": department, **fields}
    return IvrCreate.model_validate(given)


def key(keys: str, **fields: object) -> dict[str, object]:
    return {"keys": keys, "destination": END, **fields}


def to(ivr: str) -> dict[str, str]:
    return {"kind": "ivr", "ref": ivr}


def acting(scope: Scope, role: Role, department: str | None = None) -> Scope:
    actor = Actor(ActorKind.USER, "someone", "Someone", scope.tenant, (Grant(role, department),))
    return replace(scope, actor=actor)


def wrong(caught: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [each.field for each in caught.value.fields]


async def test_an_ivr_from_creation_to_deletion(
    service: IvrService, database: Database, scope: Scope, sales: str
) -> None:
    ada = await add_employee(database, scope, "101")
    user = {"kind": "user", "ref": ada.user_id}
    made = await service.create(
        scope,
        body(
            sales,
            keys=[
                key("1", destination=user),
                {"keys": "2", "action": "input", "prompt": "custom/code"},
                key("22"),
                {"keys": "9", "action": "repeat"},
            ],
            language="nl",
            no_input=user,
            sms_to=user,
            closed={"destination": END, "prompt": "custom/closed"},
        ),
    )
    line = (await ReadModel(database).load()).tenants[scope.tenant].ivrs[made.id]
    assert (line.number, line.language, line.wait_seconds, line.rounds) == ("800", "nl", 5, 3)
    assert line.keys["1"].destination == Destination(DestinationKind.USER, ada.user_id)
    assert (line.keys["2"].action, line.keys["2"].prompt) == (KeyAction.INPUT, "custom/code")
    assert made.sms_to is not None
    assert made.sms_to.ref == ada.user_id

    # Keys that stay, go and come in one change.
    patch = IvrPatch.model_validate({"keys": [key("22"), key("1"), key("3")], "number": "801"})
    changed = await service.update(scope, made.id, patch, made.version)
    assert changed.version == made.version + 1
    assert [each.keys for each in changed.keys] == ["1", "22", "3"]
    assert changed.closed == made.closed
    with pytest.raises(Stale):
        await service.update(scope, made.id, IvrPatch(name="Late"), made.version)
    line = (await ReadModel(database).load()).tenants[scope.tenant].ivrs[made.id]
    assert (line.number, sorted(line.keys)) == ("801", ["1", "22", "3"])

    listed = await service.list(scope, IvrQuery(search="ivr", department=sales))
    assert [each.number for each in listed.items] == ["801"]
    assert (await service.get(scope, made.id)) == changed
    await service.delete(scope, made.id, changed.version)
    with pytest.raises(NotFound):
        await service.get(scope, made.id)
    assert (await service.create(scope, body(sales, "801"))).number == "801"


@pytest.mark.parametrize(
    ("keys", "fields"),
    [
        ([key("1"), key("1")], ["body.keys.1.keys"]),
        ([{"keys": "1"}], ["body.keys.0.destination"]),
        ([key("1", action="repeat")], ["body.keys.0.destination"]),
        ([key("1", prompt="x")], ["body.keys.0.prompt"]),
        ([{"keys": "1", "action": "input"}], ["body.keys.0.prompt"]),
        ([key("1"), {"keys": "2"}, key("1")], ["body.keys.1.destination", "body.keys.2.keys"]),
        ([key("1", destination=to("gone"))], ["body.keys.0.destination.ref"]),
        ([key("5"), key("1", destination=to("gone"))], ["body.keys.1.destination.ref"]),
        ([{"keys": "1", "action": "input", "prompt": "x"}], ["body.keys"]),
    ],
)
async def test_wrong_keys_are_named(
    service: IvrService, scope: Scope, sales: str, keys: list[object], fields: list[str]
) -> None:
    with pytest.raises(Invalid) as caught:
        await service.create(scope, body(sales, keys=keys, direct_dial=False))
    assert wrong(caught) == fields
    assert not (await service.list(scope, IvrQuery())).items


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"prompt": new_id()}, "body.prompt"),
        ({"no_input": to("gone")}, "body.no_input.ref"),
        ({"invalid_input": {"kind": "external", "ref": "x"}}, "body.invalid_input.ref"),
        ({"sms_to": {"kind": "user", "ref": "gone"}}, "body.sms_to.ref"),
        ({"closed": {"destination": to("gone")}}, "body.closed.destination.ref"),
        ({"on_break": {"destination": END, "prompt": new_id()}}, "body.on_break.prompt"),
        ({"department": "gone"}, "body.department"),
        ({"number": "112"}, "body.number"),
        ({"number": "999"}, "body.number"),
    ],
)
async def test_what_is_not_there_is_named(
    service: IvrService, services: Services, scope: Scope, sales: str, fields: object, field: str
) -> None:
    await services.emergency_numbers.create(scope, EmergencyNumberCreate(number="112"))
    given = {"number": "800", "name": "Main", "department": sales} | dict(fields)  # type: ignore[call-overload]
    with pytest.raises(Invalid) as caught:
        await service.create(scope, IvrCreate.model_validate(given))
    assert wrong(caught) == [field]


@pytest.mark.parametrize(
    "fields",
    [
        {"keys": [key("*")]},
        {"keys": [key("")]},
        {"keys": [key("123456789")]},
        {"keys": [key(str(n)) for n in range(MAX_KEYS + 1)]},
        {"language": "klingon"},
        {"prompt": "../secret"},
        {"wait_seconds": 0},
        {"rounds": 11},
        {"name": ""},
        {"number": ""},
        {"colour": "red"},
    ],
)
def test_what_can_never_be_right_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        IvrCreate.model_validate({"number": "800", "name": "x", "department": "y"} | fields)


async def test_numbers_and_names_are_unique(service: IvrService, scope: Scope, sales: str) -> None:
    await service.create(scope, body(sales))
    with pytest.raises(Taken):
        await service.create(scope, body(sales, name="Other"))
    with pytest.raises(Taken):
        await service.create(scope, body(sales, "801", name="IVR 800"))


async def test_an_ivr_may_lead_to_itself_by_a_key_and_never_without(
    service: IvrService, scope: Scope, sales: str
) -> None:
    made = await service.create(scope, body(sales))
    again = [key("1", destination=to(made.id)), key("2", destination={**END})]
    again.append(key("3", destination={"kind": "extension", "ref": "800"}))
    await service.update(scope, made.id, IvrPatch.model_validate({"keys": again}))
    for change, field in (
        ({"no_input": to(made.id)}, "body.no_input.ref"),
        ({"no_input": {"kind": "extension", "ref": "800"}}, "body.no_input.ref"),
        ({"holiday": {"destination": to(made.id)}}, "body.holiday.destination.ref"),
    ):
        with pytest.raises(Invalid) as caught:
            await service.update(scope, made.id, IvrPatch.model_validate(change))
        assert wrong(caught) == [field]
    # Two in a circle.
    other = await service.create(scope, body(sales, "801", no_input=to(made.id)))
    with pytest.raises(Invalid):
        await service.update(scope, made.id, IvrPatch.model_validate({"no_input": to(other.id)}))
    await service.delete(scope, other.id)
    await service.delete(scope, made.id)


async def test_what_leads_to_an_ivr_keeps_it(
    service: IvrService, services: Services, scope: Scope, sales: str
) -> None:
    made = await service.create(scope, body(sales))
    by_number = {"kind": "extension", "ref": "800"}
    others = [
        await service.create(scope, body(sales, "801", keys=[key("7", destination=to(made.id))])),
        await service.create(scope, body(sales, "802", closed={"destination": to(made.id)})),
        await service.create(scope, body(sales, "803", no_input=by_number)),
    ]
    with pytest.raises(InUse) as caught:
        await service.delete(scope, made.id)
    assert sorted(caught.value.used_by) == [
        "IVR IVR 801, key 7",
        "IVR IVR 802, closed",
        "IVR IVR 803, no input",
    ]
    with pytest.raises(InUse) as caught:
        await services.departments.delete(scope, sales)
    assert "IVR IVR 800" in caught.value.used_by
    for each in (*others, made):
        await service.delete(scope, each.id)
    await services.departments.delete(scope, sales)


async def test_prompts_of_the_tenant_can_be_played_and_those_of_others_not(
    service: IvrService, database: Database, scope: Scope, sales: str
) -> None:
    other = await add_customer(database, "other")
    ids = []
    for owner in (scope, other):
        prompt = Prompt(id=new_id(), name="Welcome", source=PromptSource.UPLOADED, file="t/p/x")
        async with database.transaction(owner) as session:
            session.add(prompt)
        ids.append(prompt.id)
    own, foreign = ids
    made = await service.create(scope, body(sales, prompt=own))
    assert made.prompt == own
    with pytest.raises(Invalid) as caught:
        await service.update(scope, made.id, IvrPatch(prompt=foreign))
    assert wrong(caught) == ["body.prompt"]


async def test_who_manages_one_department_sees_and_changes_its_ivrs_alone(
    service: IvrService, services: Services, scope: Scope, sales: str
) -> None:
    support = (await services.departments.create(scope, DepartmentCreate(name="Support"))).id
    own = await service.create(scope, body(sales))
    other = await service.create(scope, body(support, "801"))
    manager = acting(scope, Role.DEPARTMENT_ADMIN, sales)
    assert [e.id for e in (await service.list(manager, IvrQuery())).items] == [own.id]
    with pytest.raises(NotFound):
        await service.get(manager, other.id)
    with pytest.raises(NotFound):
        await service.delete(manager, other.id)
    with pytest.raises(Invalid):
        await service.update(manager, own.id, IvrPatch(department=support))
    with pytest.raises(Denied):
        await service.list(acting(scope, Role.USER), IvrQuery())


async def test_a_tenant_has_no_more_ivrs_than_it_may(
    service: IvrService, scope: Scope, sales: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ivr_service, "MAX_IVRS", 1)
    await service.create(scope, body(sales))
    with pytest.raises(LimitReached):
        await service.create(scope, body(sales, "801"))
